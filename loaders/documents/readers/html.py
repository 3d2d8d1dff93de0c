"""HTML pages → blocks: the text of the page without what its structure says is navigation (`pruning`).

Headings, paragraphs, lists, definition lists, tables and line breaks keep their meaning; bold beginnings are leads.
What the head states about the code is read by `markup`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree, html

from loaders.documents.blocks import BOLD_LEVEL, Block, Break, Heading, Item, Page, Paragraph
from loaders.documents.decode import visible
from loaders.documents.lines import parse_line
from loaders.documents.readers.markup import stated_codes
from loaders.documents.readers.pruning import prune
from loaders.documents.readers.tables import table_blocks

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    {
        "p", "div", "section", "article", "main", "header", "footer", "blockquote", "figure", "figcaption",
        "address", "center", "body", "fieldset", "details", "summary", "pre", "hgroup", "dd", "tr",
        "caption", "legend", "td", "th",
    }
)  # fmt: skip
_BOLD = frozenset({"b", "strong"})
_LISTS = frozenset({"ul", "ol", "menu"})
_NESTED = _LISTS | {"table", "dl", "p", "div", "section", "hr", *_HEADINGS}
_LINE = "\x1e"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")

Element = etree._Element  # noqa: SLF001 - lxml has no public name for the type of its elements


def read_html(text: str) -> Page:
    """The blocks of an HTML page; a page without content has none."""
    text = _DECLARATION.sub("", text)
    if not text.strip():
        return Page(())
    parser = html.HTMLParser(remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except etree.ParserError:  # nothing but comments
        return Page(())
    title = " ".join((root.findtext(".//title") or "").split())
    stated = tuple(stated_codes(root))
    body = root.find("body")
    if body is None:
        return Page((), title=title, stated=stated)
    left_out = prune(body)
    walker = _Walker()
    walker.walk(body)
    walker.flush()
    return Page(tuple(walker.blocks), title=title, stated=stated, left_out=tuple(left_out))


@dataclass(slots=True)
class _Walker:
    """Walks the body once; `pieces` is the inline text collected since the last block, with its boldness."""

    blocks: list[Block] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)

    def walk(self, element: Element, *, bold: bool = False) -> None:
        """All content of an element, in order."""
        self.add(element.text, bold=bold)
        for child in element:
            if isinstance(child.tag, str):
                self.element(child, bold=bold)
            self.add(child.tail, bold=bold)

    def element(self, element: Element, *, bold: bool) -> None:
        """One element; inline ones only add text."""
        tag = str(element.tag)
        if handler := _HANDLERS.get(tag):
            self.flush()
            handler(self, element)
        elif tag in _BLOCKS:
            self.flush()
            self.walk(element, bold=bold or tag == "summary")
            self.flush()
        elif tag == "br":
            self.pieces.append((_LINE, bold))
        else:
            self.walk(element, bold=bold or tag in _BOLD)

    def add(self, text: str | None, *, bold: bool) -> None:
        """Inline text."""
        if text:
            self.pieces.append((_spaced(text), bold))

    def flush(self) -> None:
        """End the paragraph: each line (parted by `br`) becomes a block; typed list markers make list items."""
        lines = _lines(self.pieces)
        self.pieces = []
        for number, (text, lead) in enumerate(lines):
            if not text:
                continue
            line = parse_line(text)
            apart = (number == 0 or not lines[number - 1][0]) and (number + 1 == len(lines) or not lines[number + 1][0])
            if line.marker and (len(lines) > 1 or line.marker == "bullet"):
                self.blocks.append(
                    Item(line.text, 0, line.marker == "number", lead if line.text.startswith(lead) else "")
                )
            elif lead and lead == text.rstrip(" :."):
                self.blocks.append(Heading(text, BOLD_LEVEL))
            else:
                self.blocks.append(Paragraph(text, lead, apart, single=True))

    def heading(self, element: Element) -> None:
        """A heading of any level, unless it is empty."""
        text = _text(element)
        if text:
            self.blocks.append(Heading(text, _HEADINGS[str(element.tag)]))

    def rule(self, _element: Element) -> None:
        """A horizontal rule, which is a break."""
        self.blocks.append(Break())

    def article(self, element: Element) -> None:
        """An article begins after a break: it may be a procedure of its own."""
        self.blocks.append(Break())
        self.walk(element)
        self.flush()

    def list(self, element: Element, depth: int = 0) -> None:
        """A list with all that is nested in it."""
        for child in element:
            if child.tag == "li":
                self.list_item(child, depth, ordered=element.tag == "ol")
            elif child.tag in _LISTS:
                self.list(child, depth + 1)

    def list_item(self, element: Element, depth: int, *, ordered: bool) -> None:
        """The item's own text is one item; lists inside it follow, one deeper."""
        own: list[tuple[str, bool]] = []
        nested: list[Element] = []
        _item_pieces(element, own, nested)
        text, lead = _joined(own)
        if text:
            self.blocks.append(Item(text, depth, ordered, lead))
        for inner in nested:
            self.list(inner, depth + 1 if text else depth)

    def definitions(self, element: Element) -> None:
        """dl: "term: definition"; a definition with blocks of its own stands under the term as a heading."""
        groups: list[tuple[str, list[Element]]] = []
        for child in element.iter("dt", "dd"):
            if child.tag == "dt":
                groups.append((_text(child), []))
            elif groups:
                groups[-1][1].append(child)
        for term, found in groups:
            if len(found) == 1 and not any(inner.tag in _NESTED for inner in found[0].iterdescendants()):
                self.blocks.append(Paragraph(f"{term.rstrip(' :')}: {_text(found[0])}", term.rstrip(" :"), single=True))
                continue
            self.blocks.append(Heading(term, BOLD_LEVEL))
            for definition in found:
                if len(found) > 1:
                    self.list_item(definition, 0, ordered=False)
                else:
                    self.walk(definition)
                    self.flush()

    def table(self, element: Element) -> None:
        """A table: with short cells it is data and read by rows, else it lays out the page and is walked through."""
        layout = any(inner.tag in {*_HEADINGS, "table", "ul", "ol"} for inner in element.iterdescendants())
        if layout:
            self.walk(element)
            self.flush()
            return
        for caption in element.iter("caption"):
            self.blocks.append(Paragraph(_text(caption)))
        rows = [[(_text(cell), str(cell.tag)) for cell in row.iter("td", "th")] for row in element.iter("tr")]
        rows = [row for row in rows if row]
        header: list[str] = []
        if rows and len(rows) > 1 and all(tag == "th" for _, tag in rows[0]):
            header = [text for text, _ in rows.pop(0)]
        self.blocks += table_blocks(header, [[text for text, _ in row] for row in rows])


_HANDLERS: dict[str, Callable[[_Walker, Element], None]] = {
    **dict.fromkeys(_HEADINGS, _Walker.heading),
    **dict.fromkeys(_LISTS, _Walker.list),
    "hr": _Walker.rule,
    "article": _Walker.article,
    "dl": _Walker.definitions,
    "table": _Walker.table,
}


def _lines(pieces: list[tuple[str, bool]]) -> list[tuple[str, str]]:
    """(text, bold lead) of each line between line breaks. Empty lines are kept, since they separate paragraphs."""
    lines: list[list[tuple[str, bool]]] = [[]]
    for piece in pieces:
        if piece[0] == _LINE:
            lines.append([])
        else:
            lines[-1].append(piece)
    return [_joined(line) for line in lines]


def _joined(pieces: list[tuple[str, bool]]) -> tuple[str, str]:
    """Inline pieces as (text, bold lead).

    A lead that only its boldness sets apart from a new sentence gets a colon, so that it stays a label in plain text;
    bold words that begin a sentence are no lead.
    """
    bold = rest = ""
    for text, is_bold in pieces:
        if is_bold and not rest.strip() and not bold.rstrip().endswith(":"):
            bold += rest + text
            rest = ""
        else:
            rest += text
    whole = " ".join((bold + rest).split())
    lead = " ".join(bold.split())
    after = " ".join(rest.split())
    if not lead or not after:
        return whole, lead.rstrip(" :.")
    if lead[-1] in ".:?!" or re.match(r"[:.–—-]", after):
        return whole, lead.rstrip(" :.") if lead[-1] in ".:" or re.match(r"[:.–—-]", after) else ""
    if (bold[-1].isspace() or rest[0].isspace()) and after[0].isupper():
        return f"{lead}: {after}", lead
    return whole, ""


def _item_pieces(element: Element, own: list[tuple[str, bool]], nested: list[Element], *, bold: bool = False) -> None:
    """Collect the text of a list item in `own`, headings as bold text, and the lists inside it in `nested`."""
    if element.text:
        own.append((_spaced(element.text), bold))
    for child in element:
        tag = str(child.tag)
        if tag in _LISTS:
            nested.append(child)
        elif tag == "br":
            own.append((" ", bold))
        else:
            _item_pieces(child, own, nested, bold=bold or tag in _BOLD or tag in _HEADINGS)
            if tag in _BLOCKS or tag in _HEADINGS:
                own.append((" ", False))
        if child.tail:
            own.append((_spaced(child.tail), bold))


def _spaced(text: str) -> str:
    """Text with single spaces. Needed although the file was tidied, since character references may stand for spaces."""
    return re.sub(r"\s+", " ", visible(text))


def _text(element: Element) -> str:
    return " ".join(_strings(element)).strip()


def _strings(element: Element) -> Iterator[str]:
    """The texts in an element, with spaces between those of neighbouring blocks."""
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if node.tag in _BLOCKS or node.tag in {"br", "li"}:
            parts.append(" ")
        if event == "start":
            parts.append(node.text or "")
        elif node is not element:
            parts.append(node.tail or "")
    yield from visible("".join(parts)).split()
