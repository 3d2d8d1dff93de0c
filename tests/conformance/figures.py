"""The figures in docs/conformance.md: how many tests of each suite pass, and why the others do not.

Written between the page's markers by `python -m tests.conformance.baseline`; `stated` reads them back, so that a test
can compare them with the baselines.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.conformance.known import reasons
from tests.conformance.runner import Results
from tests.conformance.runs import SHOWN

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
BEGIN = "<!-- figures: written by python -m tests.conformance.baseline -->"
END = "<!-- end of figures -->"
ROW = re.compile(r"^\| `(?P<suite>.+)` \| (?P<R5>\d+) of \d+ \| (?P<R4>\d+) of \d+ \|$", re.MULTILINE)
WIDTH = 120
MOST_NAMES = 8
"""More tests than these are named by the patterns of known.toml."""


def by_suite(tests: Iterable[str]) -> Counter[str]:
    """How many tests there are per suite."""
    return Counter(test.partition("/")[0] for test in tests)


def stated(release: str) -> Counter[str]:
    """How many tests pass per suite, as the page says."""
    block = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    return Counter({row["suite"]: int(row[release]) for row in ROW.finditer(block) if int(row[release])})


def write(results: Mapping[str, Results]) -> None:
    """Bring the page up to date; `results` are those of all runs, by name."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    block = figures(results[SHOWN["R5"]], results[SHOWN["R4"]])
    PAGE.write_text(f"{before}{BEGIN}\n\n{block}\n\n{END}{rest.partition(END)[2]}")


def figures(r5: Results, r4: Results) -> str:
    """The block between the markers, as Markdown."""
    failing = [test for test, difference in {**r4, **r5}.items() if difference]  # some tests are R4's alone
    blocks = [_table(r5, r4), *_explained(failing)]
    only = [test for test, difference in r4.items() if difference and test not in failing]
    return "\n\n".join([*blocks, _paragraph(f"At `/r4` alone, these fail: {_names(only)}.")] if only else blocks)


def _table(r5: Results, r4: Results) -> str:
    rows = [f"| `{suite}` | {_share(r5, suite)} | {_share(r4, suite)} |" for suite in by_suite(r5)]
    return "\n".join(["| suite | `/r5` | `/r4` |", "|-|-:|-:|", *rows, f"| all | {_share(r5)} | {_share(r4)} |"])


def _share(results: Results, suite: str = "") -> str:
    """How many of a suite's tests passed, or of all."""
    differences = [found for test, found in results.items() if not suite or test.partition("/")[0] == suite]
    return f"{differences.count('')} of {len(differences)}"


def _explained(failing: list[str]) -> list[str]:
    """A paragraph per reason, and one for what has none."""
    left, blocks = list(failing), []
    for reason in reasons():
        tests = [test for test in left if reason.holds(test)]
        left = [test for test in left if test not in tests]
        if tests:
            names = tests if len(tests) <= MOST_NAMES else reason.tests
            blocks.append(_paragraph(f"**{reason.title}** ({len(tests)}: {_names(names)}). {reason.text}"))
    return [*blocks, _paragraph(f"**Not explained** ({len(left)}: {_names(left)}).")] if left else blocks


def _names(tests: Iterable[str]) -> str:
    return ", ".join(f"`{test}`" for test in tests)


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
