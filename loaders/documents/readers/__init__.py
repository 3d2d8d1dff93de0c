"""One reader for each media type, all with the same blocks as result: `FORMATS` is the table, `read_page` the entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from loaders.documents.blocks import Heading, Item, Page, Paragraph
from loaders.documents.decode import decode
from loaders.documents.readers.docx import read_docx
from loaders.documents.readers.html import read_html
from loaders.documents.readers.json import read_json
from loaders.documents.readers.markdown import read_markdown
from loaders.documents.readers.pdf import look_at_pdf, read_pdf
from loaders.documents.readers.text import read_text
from loaders.documents.readers.xml import read_xml
from terminology.model.outcome import TerminologyError


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: media type, name in messages, suffixes, and the function that reads it.

    `hint` is a likely reason for a page without text. `look` reads the beginning of a packed file.
    """

    media_type: str
    name: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes], Page]
    hint: str = ""
    look: Callable[[bytes], Page] | None = None

    @property
    def packed(self) -> bool:
        """Whether files are packed (PDF, Word), so that their bytes are not their text."""
        return self.look is not None


FORMATS: tuple[Format, ...] = (
    Format("text/plain", "plain text", (".txt", ".text"), lambda raw: read_text(decode(raw, "plain text"))),
    Format("text/markdown", "Markdown", (".md", ".markdown"), lambda raw: read_markdown(decode(raw, "Markdown"))),
    Format(
        "text/html", "HTML", (".html", ".htm", ".xhtml"),
        lambda raw: read_html(decode(raw, "HTML", declared=True)),
        hint=" outside navigation and scripts (a page that a script fills must be saved from the browser)",
    ),
    Format("application/xml", "XML", (".xml",), read_xml),
    Format("application/json", "JSON", (".json",), read_json),
    Format(
        "application/pdf", "PDF", (".pdf",), read_pdf,
        hint=" (a scanned page needs text recognition first)", look=look_at_pdf,
    ),
    Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word (.docx)", (".docx",),
        read_docx, look=read_docx,
    ),
)  # fmt: skip

READERS: Mapping[str, Format] = MappingProxyType({format_.media_type: format_ for format_ in FORMATS})
_BY_SUFFIX: Mapping[str, Format] = MappingProxyType(
    {suffix: format_ for format_ in FORMATS for suffix in format_.suffixes}
)


def format_of(name: str) -> Format | None:
    """The format of a file by the end of its name."""
    _, dot, suffix = name.lower().rpartition(".")
    return _BY_SUFFIX.get(dot + suffix)


def read_page(raw: bytes, media_type: str) -> Page:
    """The blocks of a file. Raises TerminologyError that says why there are none."""
    format_ = READERS.get(media_type.partition(";")[0].strip().lower())
    if format_ is None:
        known = ", ".join(READERS)
        raise TerminologyError.of("not-supported", "DOCUMENT_FORMAT_UNKNOWN", media_type=media_type, known=known)
    page = format_.read(raw)
    if not any(isinstance(block, Heading | Paragraph | Item) for block in page.blocks):
        raise TerminologyError.of("invalid", "DOCUMENT_WITHOUT_TEXT", format=format_.name, hint=format_.hint)
    return page
