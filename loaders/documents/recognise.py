"""Recognises procedure documents in a tree: listed in a manifest, or by their content.

A document has known headings (its name or a code label count double). Beside a certain document, other files of the
same format count too, so that a damaged or unusual one is reported rather than ignored; so does a tree of nothing but
such files. Texts that look like tables, and common files such as README and LICENSE, are left to other loaders.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from loaders.documents import headings as h
from loaders.documents.blocks import Heading, Item, Page, Paragraph
from loaders.documents.decode import decode
from loaders.documents.labels import code_line, split_label
from loaders.documents.lines import parse_line
from loaders.documents.manifest import NAMES, Manifest, read_manifest
from loaders.documents.readers import Format, format_of
from loaders.documents.readers.html import read_html
from loaders.documents.readers.json import is_document
from loaders.documents.readers.xml import is_question_page
from terminology.model.loading import SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError

ENOUGH = 3
"""Points of a certain document: a heading is one, the name of the procedure or the label of a code two."""
CODE = 2

AROUND = frozenset(
    {
        "bmp", "css", "db", "ds_store", "eot", "gif", "ico", "ini", "jpeg", "jpg", "js", "lnk", "map", "mp3", "mp4",
        "otf", "png", "svg", "tif", "tiff", "ttf", "webp", "woff", "woff2",
    }
)  # fmt: skip
"""Ends of the names of what lies around pages: pictures, styles, scripts, and what file managers leave."""

HTML = "text/html"
_HEAD = 64 * 1024
LARGEST_LOOK = 4 * 1024 * 1024
"""Bytes of a PDF or Word file that is opened to see what it says."""
LARGEST_MANIFEST = 16 * 1024 * 1024
_ANY_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
_COMPANIONS = re.compile(
    r"(?:readme|licen[cs]e|notice|provenance|changelog|changes|authors|contributing|copying|disclaimer)\b.*",
    re.IGNORECASE,
)
_COLUMNS = re.compile(r"\S(?:\s{3,}|\t)\S")


@dataclass(frozen=True, slots=True)
class Found:
    """Documents and manifests by path; and manifests that cannot be read, with the reason."""

    documents: tuple[str, ...]
    manifests: tuple[Manifest, ...]
    broken: tuple[tuple[str, Issue], ...] = ()


def find(tree: SourceTree) -> Found:
    """Find the documents and manifests of a tree."""
    files = tree.files()
    manifests, broken = _manifests(files)
    candidates = [(file, format_) for file in files if (format_ := _format(file))]
    listed = {file.path for file, _ in candidates if any(manifest.lists(file.path) for manifest in manifests)}
    certain = listed | {file.path for file, format_ in candidates if file.path not in listed and _speaks(file, format_)}
    families = {(_folder(file.path), format_.media_type) for file, format_ in candidates if file.path in certain}
    others = [
        (file, format_)
        for file, format_ in candidates
        if file.path not in certain and format_.media_type != "application/xml" and not _COMPANIONS.fullmatch(file.name)
    ]
    files = [file for file in files if file.name.lower().rpartition(".")[2] not in AROUND]
    only_documents = len(candidates) + len(manifests) + len(broken) == len(files)
    taken = only_documents and all(_may_be_document(file, format_) for file, format_ in others)
    documents = [
        file.path
        for file, format_ in candidates
        if file.path in certain
        or (
            (file, format_) in others
            and (taken or ((_folder(file.path), format_.media_type) in families and _may_be_document(file, format_)))
        )
    ]
    used = tuple(m for m in manifests if documents and (listed or any(path.startswith(m.folder) for path in documents)))
    return Found(tuple(documents), used, tuple(broken) if documents else ())


def _format(file: SourceFile) -> Format | None:
    """The format of a possible document; JSON files must have the content of one."""
    format_ = format_of(file.name)
    if format_ is None or format_.media_type != "application/json":
        return format_
    return format_ if file.name.lower() not in NAMES and _speaks(file, format_) else None


def _manifests(files: Iterable[SourceFile]) -> tuple[list[Manifest], list[tuple[str, Issue]]]:
    found: list[Manifest] = []
    broken: list[tuple[str, Issue]] = []
    for file in files:
        if file.name.lower() not in NAMES or file.size > LARGEST_MANIFEST:
            continue
        try:
            manifest = read_manifest(file.read(), file.path)
        except TerminologyError as error:
            broken.append((file.path, error.issues[0]))
            continue
        if manifest is not None:
            found.append(manifest)
    return found, broken


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _speaks(file: SourceFile, format_: Format) -> bool:
    """Whether a file's content shows that it is a procedure document."""
    try:
        head = file.head(_HEAD)
    except TerminologyError:
        return False
    if format_.media_type == "application/xml":
        return is_question_page(head) or b"<html" in head[:1024].lower()
    if format_.look is not None:
        return file.size <= LARGEST_LOOK and score(_beginning(file, format_.look)) >= ENOUGH
    if format_.media_type == "application/json":
        return is_document(head.decode(errors="replace"))
    text = _text(head, format_)
    if text is None:
        return False
    points = score(text)
    return points >= ENOUGH or (points + CODE >= ENOUGH and format_.media_type == HTML and _markup_states_a_code(head))


def _markup_states_a_code(head: bytes) -> bool:
    """Whether the head of a web page says which code the page is about."""
    return bool(read_html(decode(head, "HTML", declared=True)).stated)


def _beginning(file: SourceFile, look: Callable[[bytes], Page]) -> str:
    """The text at the beginning of a PDF or Word file; "" if it cannot be read."""
    try:
        page = look(file.read())
    except TerminologyError:
        return ""
    return "\n".join(block.text for block in page.blocks if isinstance(block, Heading | Paragraph | Item))


def _text(head: bytes, format_: Format) -> str | None:
    """The beginning of a file as text; of a long file without the last line, which may be cut off."""
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1] or head
    try:
        text = decode(head, format_.name)
    except TerminologyError:
        return None
    return _ANY_TAG.sub("\n", text) if format_.media_type == HTML else text


def score(text: str) -> int:
    """Points of a text for its headings and labels."""
    points: dict[str, int] = {}
    for raw in text.split("\n"):
        if not raw.strip():
            continue
        line = parse_line(re.sub(r"^\s*#{1,6}\s+", "", raw)).text.strip(" *_=")
        kind = h.heading_kind(line) if h.is_heading(line) else None
        if kind is None and (label := split_label(line.replace("**", ""))):
            kind = h.kind_of(label[0])
        if kind is not None:
            points[kind] = 2 if kind == h.NAME else 1
        elif code_line(line) is not None or re.fullmatch(r"code:\s+\S+", line):
            points["code"] = CODE
    return sum(points.values())


def _may_be_document(file: SourceFile, format_: Format) -> bool:
    """Whether an unclear file may be a document: damaged, of another format, or prose."""
    if format_.media_type not in {"text/plain", "text/markdown"}:
        return True
    try:
        head = file.head(_HEAD)
    except TerminologyError:
        return True
    text = _text(head, format_)
    return text is None or is_prose(text.split("\n"))


def is_prose(lines: Sequence[str]) -> bool:
    """Whether a text consists of sentences rather than lines with columns or leading codes."""
    filled = [line for line in lines if line.strip()][:400]
    sentences = sum(line.rstrip().endswith((".", "!", "?", ":")) for line in filled)
    columns = sum(_COLUMNS.search(line.strip()) is not None for line in filled)
    coded = sum(any(c.isdigit() for c in line.split(maxsplit=1)[0]) and len(line.split()) > 1 for line in filled)
    if len(filled) <= 3:
        return columns == 0
    return sentences * 5 >= len(filled) and columns * 10 <= len(filled) * 3 and coded * 2 <= len(filled)
