"""One page in many dresses means the same: encodings, bullets, headings, wrapping, Markdown, HTML."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.documents import parse_raw, samples
from loaders.documents.headings import is_known_heading
from terminology.model.records import DocumentRecord

TITLE = re.compile(r"^(?!CPT4 code|Example code)[A-Z][A-Za-z ]+:?$")


def is_title(line: str) -> bool:
    return bool(TITLE.match(line)) and is_known_heading(line)


def per_line(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(change(line) for line in text.split("\n"))


def bullets(mark: str) -> Callable[[str], str]:
    return per_line(lambda line: re.sub(r"^\s*•\s", mark, line))


def wrapped(width: int, hanging: str) -> Callable[[str], str]:
    def change(line: str) -> str:
        follow = hanging if re.match(r"\s*(?:•|\d\.)", line) else ""
        return "\n".join(textwrap.wrap(line, width, subsequent_indent=follow, break_on_hyphens=False)) or line

    return per_line(change)


def markdown(text: str) -> str:
    lines = []
    for n, line in enumerate(text.split("\n")):
        if is_title(line):
            lines.append(f"## {line}")
        elif step := re.match(r"\s*(\d)\. ([^:]+): (.*)", line):
            lines.append(f"{step[1]}. **{step[2]}**: {step[3]}")
        else:
            lines.append(f"# {line}" if n == 2 else re.sub(r"^\s*•", "*", line))
    return "\n".join(lines)


def web_page(text: str) -> str:
    """Lists are closed, one paragraph a line."""
    out = []
    open_ = ""
    for n, line in enumerate(text.split("\n")):
        item = re.match(r"\s*(•|\d\.) (.*)", line)
        wanted = "" if not item else "ul" if item[1] == "•" else "ol"
        if open_ and wanted != open_ and line.strip():
            out.append(f"</{open_}>")
        if wanted and wanted != open_:
            out.append(f"<{wanted}>")
        if line.strip():
            open_ = wanted
            words = html.escape(item[2] if item else line)
            title = "h1" if n == 2 else "h2" if is_title(line) else "p"
            step = re.sub(r"^([A-Z][A-Za-z ]+):", r"<strong>\1:</strong>", words)
            out.append(f"<li>{step}</li>" if item else f"<{title}>{words}</{title}>")
    return f"<html><body><nav>Home</nav><main>{' '.join(out)}</main><footer>x</footer></body></html>"


DRESSES: dict[str, tuple[Callable[[str], str], str, str]] = {
    "byte order mark": (str, "utf-8-sig", "text/plain"),
    "utf-16": (str, "utf-16", "text/plain"),
    "cp1252": (str, "cp1252", "text/plain"),
    "line ends": (lambda text: text.replace("\n", "\r\n"), "utf-8", "text/plain"),
    "dashes": (bullets("- "), "utf-8", "text/plain"),
    "en dashes": (bullets(" – "), "utf-8", "text/plain"),
    "asterisks": (bullets("   * "), "utf-8", "text/plain"),
    "tabs": (bullets("\t•\t"), "utf-8", "text/plain"),
    "letters o": (bullets("o "), "utf-8", "text/plain"),
    "middle dots": (bullets("·"), "utf-8", "text/plain"),
    "colons": (per_line(lambda line: f"{line.rstrip(':')}:" if is_title(line) else line), "utf-8", "text/plain"),
    "no colons": (per_line(lambda line: line.rstrip(":") if is_title(line) else line), "utf-8", "text/plain"),
    "capitals": (per_line(lambda line: line.upper() if is_title(line) else line), "utf-8", "text/plain"),
    "underlines": (
        per_line(lambda line: f"{line}\n{'-' * len(line)}" if is_title(line) else line),
        "utf-8",
        "text/plain",
    ),
    "numbers in brackets": (per_line(lambda line: re.sub(r"^\s*(\d)\. ", r"(\1) ", line)), "utf-8", "text/plain"),
    "tight": (lambda text: re.sub(r"\n\n(?=\s*(?:•|\d\.))", "\n", text), "utf-8", "text/plain"),
    "loose": (lambda text: text.replace("\n", "\n\n"), "utf-8", "text/plain"),
    "wrapped": (wrapped(76, "    "), "utf-8", "text/plain"),
    "wrapped flush left": (wrapped(90, ""), "utf-8", "text/plain"),
    "markdown": (markdown, "utf-8", "text/markdown"),
    "web page": (web_page, "utf-8", "text/html"),
    "no break spaces": (lambda text: text.replace("• ", "•\u00a0"), "utf-8", "text/plain"),
}


def meaning(record: DocumentRecord) -> list[tuple[str, object]]:
    concept = record.concept
    found: list[tuple[str, object]] = [("display", concept.display), ("definition", concept.definition)]
    found += [("designation", (d.value, d.use)) for d in concept.designations]
    found += [(p.code, p.value) for p in concept.properties if not p.code.startswith("source")]
    return [("system", record.system), *found]


@pytest.fixture(scope="module")
def sample_page() -> str:
    with samples.folder() as folder:
        return (folder / "EX101-diagnostic-colonoscopy.txt").read_text(encoding="utf-8")


def dressed(text: str, name: str) -> list[DocumentRecord]:
    change, encoding, media_type = DRESSES[name]
    return parse_raw(change(text).encode(encoding), media_type, "page")


@pytest.mark.parametrize("name", DRESSES)
def test_sample_in_every_dress(sample_page: str, name: str) -> None:
    (record,) = dressed(sample_page, name)
    (expected,) = parse_raw(sample_page.encode(), "text/plain", "page")
    assert meaning(record) == meaning(expected)


@pytest.mark.parametrize("name", DRESSES)
def test_real_page_in_every_dress(shared: Path, name: str) -> None:
    (page,) = (shared / "source-documents").glob("pharmacologic*.txt")
    text = page.read_text(encoding="utf-8")
    (record,) = dressed(text, name)
    (expected,) = parse_raw(text.encode(), "text/plain", "page")
    assert meaning(record) == meaning(expected)


def test_two_pages_one_after_the_other(shared: Path, sample_page: str) -> None:
    (page,) = (shared / "source-documents").glob("pharmacologic*.txt")
    texts = [page.read_text(encoding="utf-8"), sample_page]
    for separator in ("\n\n", "\n\n-----\n\n", "\n\f\n"):
        first, second = parse_raw(separator.join(texts).encode(), "text/plain", "both.txt")
        for record, text in ((first, texts[0]), (second, texts[1])):
            (alone,) = parse_raw(text.encode(), "text/plain", "one.txt")
            assert meaning(record) == meaning(alone)


def test_two_pages_without_their_navigation(shared: Path, sample_page: str) -> None:
    (page,) = (shared / "source-documents").glob("pharmacologic*.txt")
    texts = [
        re.sub(r"Search all medical codes\n+|\n+Similar Codes\n*$", "", text)
        for text in (page.read_text(encoding="utf-8"), sample_page)
    ]
    records = parse_raw("\n\n".join(texts).encode(), "text/plain", "both.txt")
    alone = [parse_raw(text.encode(), "text/plain", "one.txt")[0] for text in texts]
    assert [meaning(record) for record in records] == [meaning(record) for record in alone]


def test_sections_in_any_order(sample_page: str) -> None:
    """Moved sections give the same values, in their new order."""
    head, *sections = re.split(
        r"\n(?=(?:Summary|Purpose|Indications|Preparation|Duration|Setting|Benefits)\n)", sample_page
    )
    moved = "\n".join([head, *reversed(sections)])
    (record,) = parse_raw(moved.encode(), "text/plain", "page")
    (expected,) = parse_raw(sample_page.encode(), "text/plain", "page")
    assert sorted(map(repr, meaning(record))) == sorted(map(repr, meaning(expected)))
