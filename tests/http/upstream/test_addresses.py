"""The setting: base URLs, each of a FHIR release."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from terminology.http.upstream.addresses import addresses
from terminology.model.outcome import TerminologyError
from tests.http.serving import PATIENCE, free_port


def test_addresses_say_their_release() -> None:
    assert addresses("") == {}
    assert addresses("https://a.org/r4/ https://b.org/fhir/r5") == {
        "R4": "https://a.org/r4", "R5": "https://b.org/fhir/r5",
    }  # fmt: skip
    assert addresses("https://a.org/fhir r4b=https://b.org/fhir") == {
        "R4": "https://a.org/fhir", "R4B": "https://b.org/fhir",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["a.org/r4", "ftp://a.org/r4", "https://u:p@a.org/r4", "R6=https://a.org", "https://a.org/r4 https://b.org/r4",
     "https://a.org/r4?x", "https://a.org:x/r4", "https://[a/r4", "R4="],
)  # fmt: skip
def test_invalid_addresses_are_refused(text: str) -> None:
    with pytest.raises(TerminologyError, match="base URLs"):
        addresses(text)


def test_a_server_with_an_invalid_address_does_not_start(mine: str) -> None:
    command = [sys.executable, "-m", "terminology.http.server", "--database", mine, "--port", str(free_port())]
    environment = os.environ | {"TERMINOLOGY_UPSTREAM": "tx.example.org"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("The setting upstream takes base URLs")
