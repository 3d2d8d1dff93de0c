"""Decodes bytes to text: byte order marks, UTF-16, UTF-8, Windows-1252, or an error that explains why not.

Typography (smart quotes, dashes) is kept; only invisible characters are removed. Lines end in a line feed; a page break
(form feed) is a line of its own.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from terminology.model.outcome import TerminologyError

_MARKS = (  # the longer marks first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SIGNATURES = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"SQLite format 3", "a SQLite database"),
)

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_TWICE = re.compile(r"[ÂÃâ][^\x00-\x7f]")
"""What a Latin letter or a typographic sign looks like that was encoded twice."""
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f\x00"))
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\u200a\u2002\u2003", " ") | {"\x0b": "\n", "\x1a": ""})
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1b")


def decode(raw: bytes, expected: str, *, declared: bool = False) -> str:
    """Decode a file that should be text; `expected` names its kind for messages.

    With `declared`, a charset named in the first 2 KiB (HTML's meta tag) is tried before guessing. Raises
    TerminologyError invalid: DOCUMENT_BINARY, or DOCUMENT_UNDECODABLE with the line.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return tidy(raw[len(mark) :].decode(encoding, errors="replace"))
    if wide := _wide(raw):
        return tidy(raw.decode(wide, errors="replace"))
    if found := what_binary(raw):
        raise TerminologyError.of("invalid", "DOCUMENT_BINARY", expected=expected, found=found)
    if declared and (text := _by_declaration(raw)) is not None:
        return tidy(text)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = _line_by_line(raw)
    return tidy("\n".join(map(mended, text.split("\n"))))


def mended(line: str) -> str:
    """A line of UTF-8 that was taken for Windows-1252 and written as UTF-8 again ("DuraciÃ³n") as it was before.

    Nothing else changes: other text, read back in this way, is hardly ever UTF-8.
    """
    if not _TWICE.search(line):
        return line
    try:
        return b"".join(map(_one_byte, line)).decode("utf-8")
    except UnicodeError:
        return line


def _one_byte(character: str) -> bytes:
    """The byte of Windows-1252, or of Latin-1 where that has none. Raises UnicodeEncodeError."""
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")


def what_binary(raw: bytes) -> str | None:
    """The kind of binary data, or None for bytes that may be text."""
    for signature, name in _SIGNATURES:
        if raw.startswith(signature):
            return name
    sample = raw[:65536]
    strange = sum(sample.count(bytes([byte])) for byte in _CONTROLS)
    return "binary data" if strange * 100 > len(sample) or (b"\0" in sample) else None


def tidy(text: str) -> str:
    """One form of line ends and spaces, composed characters (NFC), nothing invisible; page breaks on their own line."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return visible(text).replace("\u2028", "\n").replace("\f", "\n\f\n")


def visible(text: str) -> str:
    """Plain spaces for spaces of any width, and nothing that cannot be seen (soft hyphens, joiners, marks)."""
    return text.translate(_SPACES).translate(_INVISIBLE)


def _wide(raw: bytes) -> str | None:
    """Detects UTF-16 without a mark: in Latin text, either all odd or all even bytes are zero."""
    sample = raw[: min(len(raw), 4096) // 2 * 2]
    if not sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd * 10 > half * 7 and even * 20 < half:
        return "utf-16-le"
    if even * 10 > half * 7 and odd * 20 < half:
        return "utf-16-be"
    return None


def _by_declaration(raw: bytes) -> str | None:
    match = _CHARSET.search(raw[:2048])
    if not match:
        return None
    name = match[1].decode("ascii").lower()
    try:  # browsers read these two names as Windows-1252, and so do the people who write them
        return raw.decode("cp1252" if name in {"iso-8859-1", "latin1", "us-ascii"} else name)
    except (LookupError, UnicodeDecodeError):
        return None


def _line_by_line(raw: bytes) -> str:
    """Decode text that mixes UTF-8 and Windows-1252 line by line."""
    lines = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            try:
                lines.append(line.decode("cp1252"))
            except UnicodeDecodeError as error:
                byte = f"{line[error.start]:02X}"
                raise TerminologyError.of("invalid", "DOCUMENT_UNDECODABLE", line=str(number), byte=byte) from error
    return "\n".join(lines)
