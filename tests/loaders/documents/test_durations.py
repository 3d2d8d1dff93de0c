"""Lengths of time in words and figures."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from loaders.documents.blocks import Item, Paragraph
from loaders.documents.rules.duration import duration
from loaders.documents.spans import spans
from loaders.documents.split import Section

MEASURED = {"durationMinimum", "durationMaximum"}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("an hour", 60, 60),
        ("about half an hour", 30, 30),
        ("three quarters of an hour", 45, 45),
        ("an hour and a half", 90, 90),
        ("one-and-a-half hours", 90, 90),
        ("1:30 hours", 90, 90),
        ("1/2 hour", 30, 30),
        ("about 1 1/2 hours", 90, 90),
        ("twenty-five minutes", 25, 25),
        ("twenty five minutes", 25, 25),
        ("thirty-five to forty minutes", 35, 40),
        ("twenty to twenty-five minutes", 20, 25),
        ("1½–2 hours", 90, 120),
        ("1 hour 30 minutes", 90, 90),
        ("1 hour and 30 minutes", 90, 90),
        ("1.5 hours", 90, 90),
        ("2½ hrs", 150, 150),
        ("1h30", 90, 90),
        ("1 h 05 min", 65, 65),
        ("1h30–2h15", 90, 135),
        ("45-60 minutes", 45, 60),
        ("45 – 60 min.", 45, 60),
        ("one to two hours", 60, 120),
        ("30 minutes to 1 hour", 30, 60),
        ("between 30 minutes and one hour", 30, 60),
        ("between 1 and 2 hours", 60, 120),
        ("2 or 3 days", 2880, 4320),
        ("a 90-minute session", 90, 90),
        ("up to 2 hours", None, 120),
        ("less than a minute", None, 1),
        ("at least 45 minutes", 45, None),
        ("up to 1–2 hours", 60, 120),
        ("six weeks", 60480, 60480),
        ("2 x 30 minutes", 60, 60),
        ("2 × 30–45 min", 60, 90),
        ("30 seconds", 0.5, 0.5),
    ],
)
def test_span(text: str, low: float | None, high: float | None) -> None:
    (span,) = spans(f"It takes {text}, usually.")
    assert (span.minimum, span.maximum) == (low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("30 bis 60 Minuten", 30, 60), ("ca. 45–60 Min.", 45, 60), ("etwa eine Stunde", 60, 60),
        ("anderthalb Stunden", 90, 90), ("1,5 Stunden", 90, 90), ("eine halbe Stunde", 30, 30),
        ("1 Stunde und 30 Minuten", 90, 90), ("zwischen 30 Minuten und einer Stunde", 30, 60),
        ("bis zu 2 Stunden", None, 120), ("mindestens 45 Minuten", 45, None), ("2 bis 3 Tage", 2880, 4320),
        ("3×20 Minuten", 60, 60),
        ("45 a 60 minutos", 45, 60), ("una hora y media", 90, 90), ("media hora", 30, 30), ("hasta 2 horas", None, 120),
        ("entre 30 minutos y una hora", 30, 60),
        ("30 à 60 minutes", 30, 60), ("une heure et demie", 90, 90), ("une demi-heure", 30, 30),
        ("de 45 minutes à 1 h 30", 45, 90), ("jusqu'à 3 heures", None, 180),
        ("uma hora e meia", 90, 90), ("cerca de 2 horas", 120, 120), ("30 a 60 minutos", 30, 60),
        ("約30〜60分", 30, 60), ("1時間30分", 90, 90), ("2時間半", 150, 150), ("1時間以内", None, 60),
        ("30分以上", 30, None),
    ],
)  # fmt: skip
def test_span_in_other_languages(text: str, low: int | None, high: int | None) -> None:
    (span,) = spans(text)
    assert (span.minimum, span.maximum) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["alle 2 Stunden", "24 Stunden vor dem Eingriff", "einige Minuten", "cada 8 horas", "6 heures avant l'intervention",
     "a cada 2 horas", "3か月ごと", "手術の2時間前"],
)  # fmt: skip
def test_no_span_in_other_languages(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "a few minutes", "every 2 hours", "twice a day", "24 hours before the test", "three times per week",
        "2 years of age",
        "a second visit", "in the last 3 months", "several hours", "aged 40 years", "no 12 things",
    ],
)  # fmt: skip
def test_no_span(text: str) -> None:
    assert spans(f"Done {text}.") == []


@pytest.mark.parametrize(
    "text", ["1" + " " * 2000 + "x", "bis zu " * 2000, "zwischen 1 " * 1000, "約1" * 4000, "1 h 3" * 2000]
)
def test_long_texts_are_read_in_a_moment(text: str) -> None:
    began = time.monotonic()
    spans(text)
    assert time.monotonic() - began < 5


def measured(*blocks: Paragraph | Item) -> tuple[dict[str, object], Sequence[object]]:
    facts = duration(Section("duration", "Duration", blocks))
    texts = [p.value for p in facts.properties if p.code == "duration"]
    assert texts
    return (
        {p.code: p.value for p in facts.properties if p.code in MEASURED},
        [p.value for p in facts.properties if p.code == "phaseDuration"],
    )


@pytest.mark.parametrize(
    ("text", "low", "high", "phases"),
    [
        (
            "First visits and treatments typically last 45-60 minutes, with follow-up visits of 15-30 minutes.",
            15,
            60,
            ["First visits and treatments: 45-60 minutes", "follow-up visits: 15-30 minutes"],
        ),
        (
            "The surgery takes 2 to 3 hours. The hospital stay is 1–2 days.",
            120,
            180,
            ["surgery: 2 to 3 hours", "hospital stay: 1–2 days"],
        ),
        ("It takes about an hour.", 60, 60, []),
        (
            "30 minutes for one knee; up to an hour for both.",
            30,
            60,
            ["one knee: 30 minutes", "both: up to an hour"],
        ),
        (
            "The scan is done within 15 minutes (plus 1 hour of recovery).",
            None,
            15,
            ["scan: within 15 minutes", "recovery: 1 hour"],
        ),
    ],
)
def test_phases(text: str, low: int | None, high: int, phases: list[str]) -> None:
    found, named = measured(Paragraph(text))
    assert found.get("durationMinimum") == low
    assert found["durationMaximum"] == high
    assert named == phases


def test_items_name_their_phases() -> None:
    found, named = measured(Item("Placement: 10–20 minutes"), Item("Recovery: 2 hours"))
    assert named == ["Placement: 10–20 minutes", "Recovery: 2 hours"]
    assert found == {"durationMinimum": 10, "durationMaximum": 20}


def test_nothing_measurable_keeps_the_text() -> None:
    assert measured(Paragraph("It depends on the person.")) == ({}, [])


def test_minutes_are_whole() -> None:
    assert measured(Paragraph("90 seconds"))[0] == {"durationMinimum": 2, "durationMaximum": 2}
