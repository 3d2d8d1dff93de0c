"""docs/clients.md names the versions that the tests install."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TESTS = PROJECT / "tests" / "clients"


def npm_versions() -> dict[str, str]:
    listed = json.loads((TESTS / "package.json").read_text())
    forms = json.loads((TESTS / "smart_forms" / "package.json").read_text())["dependencies"]
    renderer = "@aehrc/smart-forms-renderer"
    return {**listed["dependencies"], **listed["packed"], renderer: forms[renderer]}


def row(package: str) -> list[str]:
    """The cells of a client's row, which names its package."""
    lines = (PROJECT / "docs" / "clients.md").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith("| ") and f"`{package}`" in line.split("|")[1])
    return [cell.strip() for cell in found.split("|")]


@pytest.mark.parametrize("package", npm_versions())
def test_javascript_clients(package: str) -> None:
    assert row(package)[2] == npm_versions()[package]


@pytest.mark.parametrize("package", ["fhirpy", "fhirclient"])
def test_python_clients(package: str) -> None:
    assert row(package)[2] == version(package).partition(".")[0]
