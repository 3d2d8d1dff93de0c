"""Collects the codes stated for a document, in order of trust, without deciding between them.

Sources: front matter, manifest, the page's markup, a labelled line, the file's name, the `--code` option.
`terminology.ingest` decides: the statements must agree; without any, it looks for a code whose display is the
descriptor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from loaders import systems
from loaders.documents.blocks import StatedInMarkup
from loaders.documents.labels import CodeLine, is_code
from loaders.systems import System
from terminology.model.records import CodeOrigin, LoadOptions, StatedCode

_TRAILING = re.compile(r"[\s_–—-]+")
_LEADING_CODE = re.compile(r"(?P<code>[A-Za-z0-9][A-Za-z0-9.-]{2,17}?)\s*(?::|\s[-–—]|[–—]|\s)\s*(?P<rest>\S.*)")


@dataclass(frozen=True, slots=True)
class Stated:
    """The values that a manifest row or front matter states about one procedure; each may be missing."""

    code: str | None = None
    system: str | None = None
    version: str | None = None


NOTHING_STATED = Stated()
NO_OPTIONS = LoadOptions()


@dataclass(frozen=True, slots=True)
class Placement:
    """The system and version of a document, and every code stated for it."""

    system: str | None
    version: str | None
    codes: tuple[StatedCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Everything that may state a code for one procedure, each in its own form.

    For one of several procedures in a file, `markup`, `file_name` and the option's code are left empty, since they do
    not say which one they mean.
    """

    front_matter: Stated = NOTHING_STATED
    manifest: Stated = NOTHING_STATED
    markup: tuple[StatedInMarkup, ...] = ()
    lines: tuple[CodeLine, ...] = ()
    file_name: str = ""
    options: LoadOptions = NO_OPTIONS

    def system(self) -> str | None:
        """The system of the procedure: the first that is stated, a label with a code before one without."""
        labels = sorted((line for line in self.lines if line.system), key=lambda line: not line.codes)
        named = from_name(self.file_name, None, any_system=False)
        candidates: tuple[str | None, ...] = (
            self.front_matter.system,
            self.manifest.system,
            *(stated.system for stated in self.markup),
            *(line.system.url for line in labels if line.system),
            named[0].url if named and named[0] else None,
            self.options.system,
        )
        return next((url for text in candidates if (url := _url(text))), None)

    def placement(self, leading: str | None) -> Placement:
        """All stated codes in the order of trust; `leading` is one that stands before the descriptor."""
        system = self.system()
        version = self.front_matter.version or self.manifest.version or self.options.version
        codes = dict.fromkeys(
            StatedCode(_url(stated_system) or system, code.strip(), version, origin)
            for code, stated_system, origin in self._codes(system, leading)
            if code and code.strip()
        )
        return Placement(next((code.system for code in codes if code.system), system), version, tuple(codes))

    def _codes(self, system: str | None, leading: str | None) -> Iterator[tuple[str | None, str | None, CodeOrigin]]:
        """(code, system as stated, origin), in the order of trust; codes may be missing."""
        yield self.front_matter.code, self.front_matter.system, "front matter"
        yield self.manifest.code, self.manifest.system, "manifest"
        for stated in self.markup:
            yield stated.code, stated.system, "html"
        for line in self.lines:
            for code in line.codes:
                yield code, line.system.url if line.system else None, "label"
        yield leading, system, "label"
        if name := from_name(self.file_name, systems.by_url(system), any_system=system is None):
            yield name[1], name[0].url if name[0] else None, "file name"
        yield self.options.code, self.options.system, "option"


def _url(text: str | None) -> str | None:
    return systems.canonical(text) if text else None


def from_name(name: str, system: System | None, *, any_system: bool) -> tuple[System | None, str] | None:
    """The code in a file's name: `90863.txt`, `CPT-90863-psychotherapy.html`, `EX101 colonoscopy.md`.

    Returns (system that the name itself states, code). A label before the code names its system. Without one, the code
    must be of `system`; with `any_system` the whole name must be a code of some known system.
    """
    stem = re.sub(r"\.[A-Za-z]{2,5}$", "", name.rsplit("/", 1)[-1])
    words = [word for word in _TRAILING.split(stem) if word]
    for count in range(min(4, len(words) - 1), 0, -1):
        label = systems.by_label(" ".join(words[:count]))
        if label is not None:
            rest = words[count + 1 :] if words[count].lower() == "code" else words[count:]
            code = _first_code(rest, label)
            return (label, code) if code else None
    if system is not None:
        code = stem if system.spells(stem) and _has_digit(stem) else _first_code(words, system)
        return (None, code) if code else None
    if any_system and _has_digit(stem) and any(known.spells(stem) for known in systems.SYSTEMS):
        return None, stem
    return None


def _first_code(words: Sequence[str], system: System) -> str | None:
    """The code at the beginning; one with a hyphen in it (LOINC) is two words."""
    for count in (1, 2):
        code = "-".join(words[:count])
        for form in (code, code.upper()):
            if len(words) >= count and system.spells(form) and _has_digit(form):
                return form
    return None


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)


def from_url(url: str) -> Iterator[StatedInMarkup]:
    """The code in a page's own address: `/cpt/90863`, `/codes/CPT-90863-psychotherapy`; the last two segments count."""
    segments = [unquote(s) for s in urlsplit(url).path.split("/") if s]
    if not segments:
        return
    label = systems.by_label(segments[-2]) if len(segments) > 1 else None
    found = from_name(segments[-1], label, any_system=True)
    if found:
        system = found[0] or label
        yield StatedInMarkup(found[1], system.url if system else None)


def leading_code(descriptor: str, system: str | None) -> tuple[str, str] | None:
    """(code, rest) of a descriptor that begins with its code ("EX101 – Colonoscopy", "CPT 12345: …"), else None."""
    known = systems.by_url(system)
    words = descriptor.split()
    for count in range(min(3, len(words) - 1), 0, -1):
        label = systems.by_label(" ".join(words[:count]))
        if label is not None:
            known, descriptor = label, " ".join(words[count:])
            break
    match = _LEADING_CODE.fullmatch(descriptor)
    if match and known and _has_digit(match["code"]) and is_code(match["code"].rstrip(".-"), known):
        return match["code"].rstrip(".-"), match["rest"]
    return None


def front_matter_of(values: Iterable[tuple[str, str]]) -> tuple[Stated, tuple[CodeLine, ...], Mapping[str, list[str]]]:
    """The code, system and version of a front matter; further codes of it; and its other values by key, lower case."""
    rest: dict[str, list[str]] = {}
    for key, value in values:
        rest.setdefault(key.strip().lower(), []).append(value)
    codes = [code for key in ("code", "codes") for code in rest.pop(key, [])]
    system, version = (rest.pop(key, [None])[0] for key in ("system", "version"))
    further = (CodeLine(None, tuple(codes[1:])),) if codes[1:] else ()
    return Stated(next(iter(codes), None), system, version), further, rest
