"""PDF → blocks, by its text layer (needs the extra `documents`). A scanned page has none; text is not recognised."""

from __future__ import annotations

import io
import logging

from loaders.documents.blocks import Page
from loaders.documents.decode import tidy
from loaders.documents.readers.text import read_text
from terminology.model.outcome import TerminologyError


def read_pdf(raw: bytes) -> Page:
    """The text of all pages, one after the other. Raises DOCUMENT_NEEDS_EXTRA or DOCUMENT_DAMAGED."""
    try:
        import pypdf  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise TerminologyError.of(
            "not-supported", "DOCUMENT_NEEDS_EXTRA", format="PDF", package="pypdf", extra="documents"
        ) from error
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # its warnings are about the file's layout, not its text
    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(raw)).pages]
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise TerminologyError.of("invalid", "DOCUMENT_DAMAGED", format="PDF", reason=reason) from error
    return read_text(tidy("\n".join(pages)))
