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
_FIRST_ITEM = re.compile(r"(?:^|(?<=[:\s]))-\s{1,3}(?=\S)")


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
        answer = tidy("".join(map(str, pair.find("Answer").itertext()))) if pair.find("Answer") is not None else ""
        leading = _LEADING_HEADING.match(answer)
        title = "Summary" if leading or (kind == "information" and number == 0) else _SECTIONS.get(kind, kind)
        yield Heading(title, 2)
        yield from answer_blocks(answer[leading.end() :] if leading else answer)


def answer_blocks(text: str) -> Iterator[Block]:
    """Paragraphs and list items of an answer: gaps of three spaces or line ends part them, "- " begins an item."""
    for piece in _GAP.split(text):
        starts = [match.start() for match in _FIRST_ITEM.finditer(piece)] if piece.startswith("- ") else []
        if not starts and (inline := re.search(r":\s+-\s{1,3}(?=\S)", piece)):
            yield Paragraph(piece[: inline.start() + 1].strip())
            piece = piece[inline.end() - 1 :].strip()
            piece = f"- {piece}"
            starts = [0, *(m.start() for m in re.finditer(r"(?<=\s)-\s{1,2}(?=\S)", piece) if m.start())]
        if not starts:
            if piece.strip():
                yield Paragraph(" ".join(piece.split()))
            continue
        for start, end in zip(starts, [*starts[1:], len(piece)], strict=True):
            item = " ".join(piece[start + 1 : end].split())
            if item:
                yield Item(item)


def _properties(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Where the page is from, its annotations, and its questions in their own words."""
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
