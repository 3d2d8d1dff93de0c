"""Every heading of every language opens the section that its English name opens, in Markdown and in plain text."""

from __future__ import annotations

import pytest

from loaders.documents import headings as h
from loaders.documents import parse_raw
from loaders.documents.heading_languages import TITLES

BODY = "Zwölf 12 abc."
PARENTS = {h.COMMON_RISKS: h.RISKS, h.RARE_RISKS: h.RISKS, h.RISK_MANAGEMENT: h.RISKS, h.PROS: h.ALTERNATIVES}
PARENTS[h.CONS] = h.ALTERNATIVES
FORMATS = {
    "text/markdown": "# A thing\n\n## {title}\n\n{body}\n",
    "text/plain": "A thing\n\n{title}\n{body}\n\nSetting\nClinic.\n\nPurpose\nNone.\n",
}


def became(media_type: str, title: str) -> set[str]:
    """Where the text under a heading went."""
    text = FORMATS[media_type].format(title=title, body=BODY)
    (record,) = parse_raw(text.encode(), media_type, "a.txt")
    concept = record.concept
    found = {p.code for p in concept.properties if p.value == BODY}
    found |= {"definition"} if concept.definition == BODY else set()
    found |= {"designation"} if any(d.value in BODY for d in concept.designations) else set()
    return found | ({"display"} if concept.display == BODY else set())


def test_all_kinds_are_there_in_each_language() -> None:
    for language, table in TITLES.items():
        assert set(table) == set(h.TITLES), language
        for titles in table.values():
            assert len({h.folded(title) for title in titles}) == len(titles), titles


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("language", TITLES)
def test_titles_open_their_sections(language: str, media_type: str) -> None:
    wrong = []
    for kind, titles in TITLES[language].items():
        english = [title for title in h.TITLES[kind] if kind not in h.ONLY_WITHIN or " " in h.folded(title)]
        expected = became(media_type, english[0])
        assert expected, kind
        for title in titles:
            short = kind in h.ONLY_WITHIN and " " not in h.folded(title)
            if h.kind_of(title, PARENTS.get(kind)) != kind:
                wrong.append((title, "means another section"))
            elif not short and became(media_type, title) != expected:
                wrong.append((title, f"{became(media_type, title)} instead of {expected}"))
    assert wrong == []


@pytest.mark.parametrize(
    ("titles", "language"),
    [
        (["Indikationen", "Dauer"], "de"), (["Indicaciones", "Duración"], "es"), (["Durée", "Indications"], "fr"),
        (["Indicações", "Duração"], "pt"), (["適応", "所要時間"], "ja"), (["Indications", "Duration"], None),
        ([], None),
        (["Indications", "Dauer"], None),
    ],
)  # fmt: skip
def test_the_language_is_that_of_most_headings(titles: list[str], language: str | None) -> None:
    assert h.language_of(titles) == language
