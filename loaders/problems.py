"""Errors about a line of a file, and about files of a release that cannot be read."""

from __future__ import annotations

from collections.abc import Callable

from terminology.model.loading import SourceTree
from terminology.model.outcome import Issue, TerminologyError


def problem(path: str, line: int | None, message_id: str, /, **arguments: str) -> TerminologyError:
    """An error about a line of a file, or (None) about the whole file; its message has the placeholder `{place}`."""
    where = path if line is None else place_of(path, line)
    return TerminologyError("invalid", Issue("error", "invalid", message_id, {"place": where, **arguments}))


def place_of(path: str, line: int) -> str:
    """How messages name a line of a file."""
    return f"{path}, line {line}"


def refuse_unreadable(tree: SourceTree, root: str, is_part: Callable[[str], bool]) -> None:
    """Raise TerminologyError invalid for a file of the release below `root` that is empty or cannot be read.

    The tree only lists such files, and a release must not be loaded without them. `is_part` tells by the name of a file
    whether the release needs it; where such names are unmistakable, `root` may be '', which is above everything.
    """
    for path, issue in tree.problems().items():
        if path.startswith(root) and is_part(path.rpartition("/")[2]):
            if issue.message_id == "FILE_EMPTY":
                raise TerminologyError.of("invalid", "RELEASE_FILE_EMPTY", path=path)
            raise TerminologyError("invalid", issue)
