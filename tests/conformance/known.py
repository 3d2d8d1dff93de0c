"""Why tests of the suite fail that do: `known.toml`, by test name or pattern."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

FILE = Path(__file__).parent / "known.toml"


@dataclass(frozen=True, slots=True)
class Reason:
    """Tests (`suite/test`, with wildcards) that cannot pass for one reason, which is a paragraph of Markdown."""

    title: str
    text: str
    tests: tuple[str, ...]

    def holds(self, test: str) -> bool:
        """Whether this is why a test fails."""
        return any(fnmatchcase(test, pattern) for pattern in self.tests)


def reasons() -> tuple[Reason, ...]:
    """All of them, in the file's order; the first that holds is a test's reason."""
    stated = tomllib.loads(FILE.read_text())["reason"]
    return tuple(Reason(r["title"], r["text"].strip(), tuple(r["tests"])) for r in stated)


def unexplained(failing: Iterable[str]) -> list[str]:
    """The failing tests that no reason is stated for."""
    known = reasons()
    return [test for test in failing if not any(reason.holds(test) for reason in known)]
