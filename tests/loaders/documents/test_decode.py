"""Bytes of every kind become text, or the reason why not."""

from __future__ import annotations

import pytest

from loaders.documents.decode import decode, tidy
from terminology.model.outcome import TerminologyError

TEXT = "Summary\nThe patient’s “pain” – gone.\n"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-be bom", "le", "be", "utf-32", "cp1252", "crlf", "cr"],
)
def test_encodings(raw: bytes) -> None:
    assert decode(raw, "plain text") == TEXT


def test_lines_of_two_encodings() -> None:
    assert decode("naïve\n".encode() + "café ’\n".encode("cp1252"), "plain text") == "naïve\ncafé ’\n"


@pytest.mark.parametrize("text", ["Duración: 1 ½ h – «ä»", "Contre-indications: œdème", "MAÇÃ", "„Ü“"])
def test_what_was_encoded_twice_is_mended(text: str) -> None:
    assert decode(text.encode().decode("latin-1").encode(), "plain text") == text
    assert decode(text.encode().decode("cp1252").encode(), "plain text") == text
    assert decode(text.encode(), "plain text") == text


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"%PDF-1.7 \n%", "a PDF file"),
        (b"PK\x03\x04....", "a zip archive"),
        (bytes(range(256)) * 4, "binary data"),
        (b"text\0with\0zeros\0here\0" * 3 + b"and no pattern to them at all", "binary data"),
    ],
)
def test_binary(raw: bytes, found: str) -> None:
    with pytest.raises(TerminologyError, match=found) as error:
        decode(raw, "plain text")
    assert error.value.issues[0].message_id == "DOCUMENT_BINARY"


def test_undecodable_names_line_and_byte() -> None:
    with pytest.raises(TerminologyError, match="line 2 holds the byte 0x81"):
        decode(b"fine\nbad \x81 byte\n", "plain text")


def test_declared_charset() -> None:
    page = '<meta charset="iso-8859-2"><p>Łódź</p>'.encode("iso-8859-2")
    assert "Łódź" in decode(page, "HTML", declared=True)
    assert "“" in decode(b'<meta charset="iso-8859-1">\x93', "HTML", declared=True)
    assert decode(b"<meta charset=nonsense>caf\xe9", "HTML", declared=True).endswith("café")


def test_tidy_keeps_what_can_be_seen() -> None:
    assert tidy("a\u00a0b\u200bc\u00ad“d”\u202fe\fé") == "a bc“d” e\n\f\né"
