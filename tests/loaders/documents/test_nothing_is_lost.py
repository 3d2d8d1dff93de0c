"""Every sentence of the real document, of each sample and of generated ones is found again in the concepts."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.documents import parse_raw, samples
from loaders.documents.headings import INLINE_NAMES, TITLES
from loaders.documents.readers import format_of
from terminology.model.records import DocumentRecord
from tests.loaders.documents.lossless import said, sentences_lost, unwrapped, words_lost

NAVIGATION = ("Search all medical codes", "Similar Codes", "Page 1 of 1", "Home > Cardiology > Ultrasound")
CODE_LABELS = ("CPT4 code", "Example code", "EX code", "Code")
HEADINGS = tuple(title for titles in TITLES.values() for title in titles) + tuple(n.capitalize() for n in INLINE_NAMES)
NAMES_OF_PROPERTIES = ("Specialty", "Billing note")
"""Unknown headings in front of their text: they are in the code and description of the property they became."""
MAY_MISS = NAVIGATION + CODE_LABELS + HEADINGS + NAMES_OF_PROPERTIES
WRAPPED = {"skin-biopsy.txt", "EX115 echocardiography.txt"}

with samples.folder() as SAMPLES:
    PAGES = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".csv")


def parsed(path: Path) -> list[DocumentRecord]:
    format_ = format_of(path.name)
    assert format_ is not None
    return parse_raw(path.read_bytes(), format_.media_type, path.name)


def test_real_document(shared: Path) -> None:
    pages = sorted((shared / "source-documents").glob("*.txt"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        brackets_apart = re.sub(r"^\((.*)\)$", lambda m: m[1].replace(", ", "\n"), text, flags=re.MULTILINE)
        assert sentences_lost(brackets_apart, parsed(page), MAY_MISS) == []


def test_real_document_to_the_word(shared: Path) -> None:
    """What is missing are exactly the headings, the labels and two lines of navigation."""
    (page,) = (shared / "source-documents").glob("pharmacologic*.txt")
    lost = words_lost(page.read_text(encoding="utf-8"), parsed(page), ())
    headings = """Search all medical codes; CPT4 code; Name of the Procedure; Summary; Purpose; Indications;
        Preparation; Procedure Description; Duration; Setting; Personnel; Risks and Complications; Common risks; Rare
        risks; Benefits; Recovery; Alternatives; Pros of alternatives; Cons of alternatives; Patient Experience;
        Similar Codes"""
    assert lost - words_lost(headings, [], ()) == {}


def sample_text(path: Path) -> str:
    raw = path.read_bytes()
    if path.suffix in {".html", ".htm"}:
        return html_text(raw.decode("utf-8"))
    if raw.startswith(b"\xff\xfe"):
        return raw.decode("utf-16")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    if text.startswith("---"):
        text = text.split("---", 2)[2]
    if path.suffix == ".md":
        text = re.sub(r"^\|[ |-]*\|$", "", text, flags=re.MULTILINE)
        text = re.sub(r"^\| *(.*?) *\| *(.*?) *\|$", r"\1: \2", text, flags=re.MULTILINE)
    return text


def html_text(text: str) -> str:
    """The visible text of a sample page, a block a line, by plain replacement."""
    text = re.sub(r"<(head|script|style|nav|aside|footer)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r'<header>\s*<p>.*?</header>|<a class="skip-link".*?</a>', "", text, flags=re.DOTALL)
    text = re.sub(r'<div (?:class="breadcrumb"|id="menu")>.*?</div>', "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"</t[dh]>\s*<t[dh]>|</dt>\s*<dd>", ": ", text)
    text = re.sub(r"</?(?:p|h\d|li|ul|ol|tr|table|dl|dt|div|br|article|main|header)\b[^>]*>", "\n", text)
    text = re.sub(r"<[^>]+>", "", text)
    for entity, character in {
        "&bull;": "•",
        "&amp;": "&",
        "&#8220;": "“",
        "&#8221;": "”",
        "&#8211;": "–",
        "&gt;": ">",
    }.items():
        text = text.replace(entity, character)
    return "\n".join(line.strip() for line in text.splitlines())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_samples_to_the_word(path: Path) -> None:
    """No word of a sample is missing but those of headings, labels, navigation and step numbers."""
    records = parsed(path)
    may_miss = [*MAY_MISS, "Step " * 5, "Example EX System", "a b c " + "o " * 4, *map(str, range(1, 15)), "1 2 3 4"]
    assert words_lost(sample_text(path), records, may_miss) == {}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_samples_to_the_sentence(path: Path) -> None:
    text = unwrapped(sample_text(path)) if path.name in WRAPPED or path.suffix == ".md" else sample_text(path)
    lost = sentences_lost(text, parsed(path), MAY_MISS)
    assert [piece for piece in lost if not is_taken_apart(piece)] == []


def is_taken_apart(piece: str) -> bool:
    """Lines whose parts go to different places on purpose: names with brackets, pros and cons, codes."""
    return bool(
        re.search(
            r"\)$|“\)$|\bPros: |Cons: |^EX\d+ – |^Code: EX|^Example code: EX|^System: |^\w+ing - |^Phaco\w+, Lens",
            piece,
        )
        or re.match(r"(?:Electrodes|Baseline|Monitoring|Warning|Incision) [A-Z]", piece)
    )


# Generated documents

word = st.text(alphabet="abcdefghijklmnoprstuwéüß", min_size=2, max_size=9)


@st.composite
def sentence(draw: st.DrawFn) -> str:
    found = draw(st.lists(word, min_size=4, max_size=12))
    return f"{found[0].capitalize()} {' '.join(found[1:])}{draw(st.sampled_from(['.', '.', '?']))}"


KNOWN = (
    "Summary", "Purpose", "Indications", "Preparation", "Procedure Description", "Duration", "Setting", "Personnel",
    "Risks and Complications", "Benefits", "Recovery", "Alternatives", "Patient Experience", "How to prepare",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le")
UNKNOWN = ("What to Bring", "Follow-up Care", "Insurance", "Notes for Nurses")
BULLETS = ("• ", "- ", "– ", "* ", "— ", "+ ", "· ", "1. ", "1) ", "(1) ", "  • ", "   - ", "o ")


@st.composite
def body(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A section's text and the sentences in it: paragraphs and lists in any order."""
    lines: list[str] = []
    spoken: list[str] = []
    for kind in draw(st.lists(st.sampled_from(["paragraph", "list"]), min_size=1, max_size=3)):
        sentences = draw(st.lists(sentence(), min_size=1, max_size=4))
        spoken += sentences
        if kind == "paragraph":
            lines += [" ".join(sentences), ""]
        else:
            bullet = draw(st.sampled_from(BULLETS))
            for number, text in enumerate(sentences, 1):
                lines.append(bullet.replace("1", str(number)) + text)
            lines.append("")
    return "\n".join(lines), spoken


@st.composite
def document(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A page with sections of any kind in any order, repeated or unknown, with or without colons and blank lines."""
    descriptor = " ".join(draw(st.lists(word, min_size=5, max_size=12))).capitalize()
    colon = draw(st.sampled_from(["", ":"]))
    gap = draw(st.sampled_from(["\n", "\n\n"]))
    titles = draw(st.lists(st.sampled_from(KNOWN + UNKNOWN), min_size=3, max_size=8))
    text = f"{descriptor}\n\nCPT4 code\n\nName of the Procedure{colon}\n\nSome Procedure (Other Name)\n\n"
    spoken = [descriptor, "Some Procedure", "Other Name"]
    for title in ["Summary", *titles]:
        section, sentences = draw(body())
        text += f"{title}{colon}{gap}{section}\n"
        spoken += sentences
    return text, spoken


@settings(max_examples=60, deadline=None)
@given(
    document(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_sentence_of_a_generated_document_is_lost(page: tuple[str, list[str]], encoding: str, line_end: str) -> None:
    text, sentences = page
    raw = text.replace("\n", line_end).encode(encoding)
    (record,) = parse_raw(raw, "text/plain", "page.txt")
    assert record.problem is None
    found = said([record])
    assert [s for s in sentences if s not in found] == []


@settings(max_examples=30, deadline=None)
@given(document(), st.integers(50, 100))
def test_no_word_of_a_wrapped_document_is_lost(page: tuple[str, list[str]], width: int) -> None:
    text, sentences = page
    lines = []
    for line in text.split("\n"):
        indent = re.match(r"\s*(?:\S{1,3}\s+)?", line)
        hanging = " " * (len(indent[0]) if indent and re.match(r"\s*[^\w\s(]|\s*\(?\d|\s*o ", line) else 0)
        lines += textwrap.wrap(line, width, subsequent_indent=hanging, break_long_words=False) or [""]
    (record,) = parse_raw("\n".join(lines).encode(), "text/plain", "page.txt")
    assert words_lost(" ".join(dict.fromkeys(sentences)), [record], ()) == {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(sentence(), st.sampled_from(HEADINGS), st.text(max_size=30)), max_size=25))
def test_any_text_at_all_gives_records_and_no_error(lines: list[str]) -> None:
    records = parse_raw("\n".join(lines).encode("utf-8", "surrogatepass"), "text/plain", "any.txt")
    assert records
    assert all(record.problem is not None or record.concept.properties for record in records)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["text/plain", "text/markdown", "text/html", "application/xml"]))
def test_any_bytes_at_all_give_a_record_with_the_reason(raw: bytes, media_type: str) -> None:
    records = parse_raw(raw, media_type, "any")
    assert records
    assert all(record.raw == raw for record in records)
