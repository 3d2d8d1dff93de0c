"""The runs of the terminology-ecosystem suite: one row of RUNS each, compared with a committed baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "baseline"


@dataclass(frozen=True, slots=True)
class Run:
    """A choice of tests (`modes` of the suite's runner) and the way they reach the server.

    `release` R4 and `format` XML send them through the proxy of `proxy`; `cached` leaves the setup resources at the
    server beforehand (`$cache-control`), as the official runner does, instead of sending them with every request.
    `baseline` names the list of tests that must pass: what is left at the server must make no difference, nor must the
    format, so those runs share one.
    """

    name: str
    baseline: str
    modes: str
    release: Literal["R4", "R5"] = "R5"
    cached: bool = False
    format: Literal["json", "xml"] = "json"

    @property
    def writes(self) -> bool:
        """Whether the baseline is written from this run."""
        return self.name == self.baseline

    def must_pass(self) -> frozenset[str]:
        """The tests of the baseline, as `suite/test`; none before there is one."""
        path = _path(self.baseline)
        return frozenset(path.read_text().split()) if path.exists() else frozenset()

    def write(self, passed: frozenset[str]) -> None:
        """Make these tests the baseline."""
        FOLDER.mkdir(exist_ok=True)
        _path(self.baseline).write_text("".join(f"{test}\n" for test in sorted(passed)))


def _path(baseline: str) -> Path:
    return FOLDER / f"{baseline}.txt"


EVERYTHING = "general,snomed,tx.fhir.org,omop,icd-11"

RUNS = (
    Run("general", "general", "general"),
    Run("general-cached", "general", "general", cached=True),
    Run("snomed", "snomed", "snomed,!general"),
    Run("everything", "everything", EVERYTHING),
    Run("r4", "r4", EVERYTHING, release="R4"),
    Run("xml", "everything", EVERYTHING, format="xml"),
    Run("r4-xml", "r4", EVERYTHING, release="R4", format="xml"),
)
SHOWN: Mapping[str, str] = {"R5": "everything", "R4": "r4"}
"""Release → the run whose figures docs/conformance.md shows."""


def named(name: str) -> Run:
    """The run of a name."""
    return next(run for run in RUNS if run.name == name)
