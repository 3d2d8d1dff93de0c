"""`regex`: the whole of the specified property of the code matches the regex specified in the provided value.

RE2 takes time proportional to text and pattern, never exponential, so no client's pattern can block the server.
Look-around and back references, which need backtracking, are rejected by name.
"""

from __future__ import annotations

import re2
from pyroaring import BitMap

from terminology.codesystems.filters.naming import attribute
from terminology.codesystems.filters.reading import refusal
from terminology.codesystems.indexed import Indexed, Test
from terminology.model.protocols import Located
from terminology.model.remembering import remembering
from terminology.model.valueset import Filter

LARGEST_AUTOMATON = 8 << 20
"""Bytes RE2 may use for one pattern: `(((a{100}){100}){100})` and the like end in an error, not in a full memory."""
KEPT = 16
"""Patterns kept with their automata."""


def must_understand(system: Indexed, f: Filter) -> None:
    """Raises TerminologyError for an unknown property and for what is no regular expression."""
    attribute(system, f)
    test(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """Concepts that have a value that matches."""
    return attribute(system, f).with_match(system, test(system, f))


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether one of the concept's values matches."""
    return any(map(test(system, f), attribute(system, f).values(system, located)))


def test(system: Indexed, f: Filter) -> Test:
    """What a text must pass. Raises TerminologyError for what is no regular expression."""
    try:
        match = _compiled(f.value).fullmatch
    except re2.error as error:
        raise refusal("FILTER_REGEX_INVALID", system, f, reason=_reason(error)) from None
    return lambda text: match(text) is not None


@remembering(KEPT)
def _compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = LARGEST_AUTOMATON
    options.never_capture = True  # nobody asks what groups matched; thousands of nested ones would cost gigabytes
    return re2.compile(pattern, options)


def _reason(error: re2.error) -> str:
    reason = error.args[0]
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    if text.startswith(("invalid perl operator", "invalid escape sequence")):
        return f"{text} (look-around and back references are not supported)"
    return text
