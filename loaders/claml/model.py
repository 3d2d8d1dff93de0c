"""The content of a ClaML file, unprocessed: classes, modifiers, rubrics. Nothing is inherited or multiplied here."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rubric:
    """One label of a rubric; `language` is its `xml:lang`."""

    kind: str
    language: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ModifiedBy:
    """A modifier of a class; `valid` names the modifier classes that apply, None means all of them."""

    modifier: str
    valid: tuple[str, ...] | None
    position: int | None
    line: int


@dataclass(frozen=True, slots=True)
class Node:
    """A Class or a ModifierClass (which has a `modifier`); `line` is where it begins."""

    code: str
    line: int
    kind: str = ""
    usage: str = ""
    modifier: str = ""
    metas: tuple[tuple[str, str], ...] = ()
    supers: tuple[str, ...] = ()
    subs: tuple[str, ...] = ()
    modified_by: tuple[ModifiedBy, ...] = ()
    excluded: frozenset[str] = frozenset()
    rubrics: tuple[Rubric, ...] = ()


@dataclass(slots=True)
class Classification:
    """A whole file. `modifiers`: modifier → its classes by code, in the order of the file."""

    path: str
    name: str = ""
    title: str = ""
    version: str = ""
    date: str = ""
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    metas: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    modifiers: dict[str, dict[str, Node]] = field(default_factory=dict)
    classes: dict[str, Node] = field(default_factory=dict)

    @property
    def language(self) -> str | None:
        """The language of the file: stated, else of its first label."""
        labels = (r.language for node in self.classes.values() for r in node.rubrics if r.language)
        return self.metas.get("lang") or next(labels, None)
