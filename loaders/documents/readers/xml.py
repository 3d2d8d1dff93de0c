"""XML → blocks: NIH's question/answer pages, and XHTML. Other XML is no document (FHIR resources least of all).

A question page (`Document/Focus/QAPairs/QAPair/{Question@qtype, Answer}`) has no headings: each answer is a section
named by the type of its question. Answers are running text whose paragraphs and lists lost their line ends; runs of
spaces show where they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from loaders.documents.blocks import Block, Heading, Item, Page, Paragraph
from loaders.documents.decode import tidy
from loaders.documents.readers.html import read_html
from terminology.model.outcome import TerminologyError

_SECTIONS = {
    "information": "Information",
    "treatment": "Treatment",
    "complications": "Complications",
    "outlook": "Outlook",
    "considerations": "Considerations",
    "susceptibility": "Susceptibility",
    "exams and tests": "Exams and Tests",
}
"""Question types as headings; a type that is not here is its own heading."""

_LEADING_HEADING = re.compile(r"\s*Summary\s*:\s*")
_GAP = re.compile(r"\s*\n\s*\n?\s*|\s{3,}")
_LIST_AFTER_COLON = re.compile(r":\s+-\s+(?=\S)")
_ITEM = re.compile(r"(?<=\s)-\s+(?=\S)")


def is_question_page(head: bytes) -> bool:
    """Whether the beginning of a file looks like such a document."""
    return re.search(rb"<Document\b[^>]*>\s*<Focus\b", head) is not None


def read_xml(raw: bytes) -> Page:
    """The blocks of a question page or an XHTML page. Raises DOCUMENT_DAMAGED for anything else."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise TerminologyError.of("invalid", "DOCUMENT_DAMAGED", format="XML", reason=str(error)) from error
    name = etree.QName(root).localname
    if name == "html":
        return read_html(etree.tostring(root, encoding="unicode"))
    if name != "Document" or root.find("Focus") is None:
        reason = f"the root element '{name}' is of no known kind of procedure document"
        raise TerminologyError.of("invalid", "DOCUMENT_DAMAGED", format="XML", reason=reason)
    return Page(tuple(_blocks(root)), properties=tuple(_properties(root)))


def _blocks(root: etree._Element) -> Iterator[Block]:  # lxml has no public name for its elements
    yield Heading(_text(root.find("Focus")), 1)
    synonyms = [_text(element) for element in root.iter("Synonym")]
    if synonyms:
        yield Heading("Synonyms", 2)
        yield from (Item(synonym) for synonym in synonyms)
    for number, pair in enumerate(root.iter("QAPair")):
        question = pair.find("Question")
        kind = (question.get("qtype") if question is not None else "") or "information"
        answer = tidy("".join("".join(map(str, element.itertext())) for element in pair.iterfind("Answer")))
        leading = _LEADING_HEADING.match(answer)
        title = "Summary" if leading or (kind == "information" and number == 0) else _SECTIONS.get(kind, kind)
        yield Heading(title, 2)
        yield from answer_blocks(answer[leading.end() :] if leading else answer)


def answer_blocks(text: str) -> Iterator[Block]:
    """Paragraphs and list items of an answer: gaps of three spaces or line ends part them, "- " begins an item."""
    for piece in _GAP.split(text):
        before, items = _items(piece)
        if before:
            yield Paragraph(before)
        yield from (Item(item) for item in items)


def _items(piece: str) -> tuple[str, list[str]]:
    """The text before a list in a piece, and its items; a list begins the piece or follows a colon."""
    start = 0 if piece.startswith("- ") else None
    if start is None and (colon := _LIST_AFTER_COLON.search(piece)):
        start = colon.start() + 1
    if start is None:
        return " ".join(piece.split()), []
    items = [" ".join(item.split()) for item in _ITEM.split(f" {piece[start:].strip()}")]
    return " ".join(piece[:start].split()), [item for item in items if item]


def _properties(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Properties of a question page: its source, its annotations, and the questions as they are worded."""
    yield "sourceUrl", root.get("url") or ""
    yield "sourceCollection", root.get("source") or ""
    for path, code in (
        (".//FocusAnnotations/Category", "category"),
        (".//CUI", "umlsConcept"),
        (".//SemanticType", "semanticType"),
        (".//SemanticGroup", "semanticGroup"),
        (".//Question", "question"),
    ):
        for element in root.iterfind(path):
            yield code, _text(element)


def _text(element: etree._Element | None) -> str:
    return " ".join("".join(map(str, element.itertext())).split()) if element is not None else ""
