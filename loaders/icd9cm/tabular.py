"""The tabular list of procedures as text (from NCHS's Ptab.rtf): chapters, categories, inclusion terms and notes.

Lines have lost their indentation, so structure is read from their wording. A line that begins in lower case goes on
from the one above, or is an item of a list when that one ended in a colon. Lists of fourth digits are not spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from loaders.icd9cm.codes import INCLUSION
from loaders.tables import text_lines
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import SourceFile

CHAPTER = re.compile(r"\d{1,2}[A-Z]?\. ?([A-Z][A-Z ,]+?) *\((\d\d)(?:-(\d\d))?\)")
CODE = re.compile(r"(\d\d(?:\.\d{1,2})?)(?: |(?=[A-Z]))([A-Z(\[].*)")
NOTES = (
    ("excludes", re.compile(r"Excludes?\b:? *(.*)")),
    ("codeAlso", re.compile(r"((?:Code also|Use additional|Omit code)\b.*)")),
    ("note", re.compile(r"Note\b:? *(.*)")),
    ("note", re.compile(r"(Requires the use of .*)")),
    ("includes", re.compile(r"Includes\b:? *(.*)")),
)
FOURTH_DIGITS = re.compile(r"\[[\d, -]+\]")
TITLE = "CLASSIFICATION OF PROCEDURES"


@dataclass(slots=True)
class Entry:
    """A heading or a code of the list with its notes by kind."""

    code: str
    title: str
    parent: str | None = None
    notes: dict[str, list[str]] = field(default_factory=dict)


def is_tabular(file: SourceFile) -> bool:
    """Whether a file is the list, by its first lines."""
    if not file.name.lower().endswith(".txt"):
        return False
    head = file.head().decode("utf-8", "replace")
    return head.lstrip("\ufeff \r\n").startswith(TITLE) and CHAPTER.search(head) is not None


def parse(file: SourceFile) -> list[Entry]:
    """All headings and codes, in order."""
    entries: list[Entry] = []
    chapter: tuple[str, str, str] | None = None
    kind = "includes"
    for _, line in text_lines(file):
        text = " ".join(line.split())
        if not text or text == TITLE or FOURTH_DIGITS.fullmatch(text):
            continue
        if (found := CHAPTER.fullmatch(text)) is not None:
            first, last = found[2], found[3] or found[2]
            chapter = (f"{first}-{last}", first, last)
            if first != last:
                entries.append(Entry(chapter[0], _capitalised(found[1])))
        elif (found := CODE.fullmatch(text)) is not None:
            within = chapter is not None and chapter[1] != chapter[2] and chapter[1] <= found[1][:2] <= chapter[2]
            top = chapter[0] if chapter is not None and within and "." not in found[1] else None
            entries.append(Entry(found[1], found[2], top))
            kind = "includes"
        elif entries:
            kind = _note(entries[-1], kind, text)
    return entries


def _note(entry: Entry, kind: str, text: str) -> str:
    """Add a line to the notes of an entry. Returns the kind of note that the next line may continue."""
    for name, form in NOTES:
        if (found := form.fullmatch(text)) is not None:
            kind, text = name, found[1]
            break
    said = entry.notes.setdefault(kind, [])
    if kind != "includes":
        said += [text] if text else []
        return kind
    previous = said[-1] if said else ""
    if text[:1].islower() and previous:
        head = previous if previous.endswith(":") else previous[: previous.find(": ") + 1]
        if previous.endswith(":"):
            said[-1] = f"{head} {text}"
        elif head:
            said.append(f"{head} {text}")
        else:
            said[-1] = f"{previous} {text}"
    elif text:
        said.append(text)
    return kind


def _capitalised(title: str) -> str:
    title = title.replace(" ,", ",")
    return title[:1] + title[1:].lower()


def to_facts(entries: Iterable[Entry]) -> Iterator[Concept]:
    """The entries as facts, one for each code: entries of the same code are merged."""
    found: dict[str, Concept] = {}
    for entry in entries:
        terms = [text for text in entry.notes.get("includes", ()) if not text.endswith(":")]
        properties = [
            Property(kind, "string", text)
            for kind, texts in entry.notes.items()
            if kind != "includes"
            for text in texts
        ]
        found.setdefault(
            entry.code,
            Concept(
                entry.code,
                entry.title,
                designations=tuple(Designation(text, use=INCLUSION) for text in dict.fromkeys(terms)),
                properties=tuple(properties),
                parents=(entry.parent,) if entry.parent else (),
            ),
        )
    yield from found.values()
