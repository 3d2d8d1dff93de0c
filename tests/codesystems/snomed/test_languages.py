"""Displays in languages and dialects, by what language reference sets prefer."""

from __future__ import annotations

import pytest

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.dialects import ALIASES, language_tag
from terminology.library import Terminology
from tests.menagerie import ACCEPTED, GB_ONLY, MENAGERIE, SPANISH, US_ONLY
from tests.rf2 import Release

SWISS_FRENCH = ALIASES["fr-ch"]


@pytest.fixture(scope="module")
def shades(tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminology, str]:
    """A concept with a name in each of several languages and dialects."""
    folder = tmp_path_factory.mktemp("shades")
    release = Release()
    shade = release.concept("placeholder", ids.ROOT, full_name="Shade (invented)")
    release.rows["Description"] = [row for row in release.rows["Description"] if row[7] != "placeholder"]
    release.description(shade, "Colour", dialects=GB_ONLY)
    release.description(shade, "Color", dialects=US_ONLY)
    release.description(shade, "Hue", dialects=ACCEPTED)
    release.description(shade, "Sombra", dialects={SPANISH: ids.PREFERRED}, language="es")
    release.description(shade, "Couleur", dialects={SWISS_FRENCH: ids.PREFERRED}, language="fr")
    terminology = Terminology(folder / "shades.db")
    ingest.load(terminology.store, [release.write(folder)])
    return terminology, shade


@pytest.mark.parametrize(
    ("language", "display"),
    [
        (None, "Color"),
        ("en", "Color"),
        ("en-US", "Color"),
        ("en-GB", "Colour"),
        ("es", "Sombra"),
        ("fr", "Couleur"),
        ("fr-CH", "Couleur"),
        ("de", "Color"),
        ("de, en-GB;q=0.5", "Colour"),
    ],
)
def test_the_display_is_what_the_dialect_prefers(
    shades: tuple[Terminology, str], language: str | None, display: str
) -> None:
    terminology, shade = shades
    assert terminology.lookup(ids.SYSTEM, shade, language=language).display == display
    url = f"{ids.SYSTEM}?fhir_vs=isa/{shade}"
    (found,) = terminology.expand(url, language=language).expansion.contains
    assert found.display == display


@pytest.mark.parametrize("display", ["Colour", "Color", "Hue", "Shade (invented)", "colour"])
def test_all_names_are_right_displays(shades: tuple[Terminology, str], display: str) -> None:
    terminology, shade = shades
    assert terminology.validate_code(ids.SYSTEM, shade, display=display).result


def test_a_name_of_another_language_or_none_is_not(shades: tuple[Terminology, str]) -> None:
    terminology, shade = shades
    assert not terminology.validate_code(ids.SYSTEM, shade, display="Tint").result
    assert terminology.validate_code(ids.SYSTEM, shade, display="Sombra", language="es").result


def test_an_inactive_name_is_a_warning(zoo: Terminology) -> None:
    result = zoo.validate_code(ids.SYSTEM, MENAGERIE["Tail"], display="Behind")
    assert result.result
    assert [issue.message_id for issue in result.issues] == ["INACTIVE_DISPLAY_FOUND"]


@pytest.mark.parametrize(
    ("refset", "language", "tag"),
    [
        (ids.GB_ENGLISH, "en", "en-GB"),
        (ids.US_ENGLISH, "en", "en-US"),
        (SPANISH, "es", "es"),
        (SWISS_FRENCH, "fr", "fr-CH"),
        (ids.GB_ENGLISH, "fr", "fr-x-sctlang-90000000-00005080-04"),
        ("123451999999107", "en", "en-x-sctlang-12345199-9999107"),
    ],
)
def test_the_tags_of_dialects(refset: str, language: str, tag: str) -> None:
    assert language_tag(refset, language) == tag
