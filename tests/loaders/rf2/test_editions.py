"""Which releases make which version: editions, extensions, packages of reference sets, releases nobody published."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.editions import Version, parse
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from tests.loaders.rf2.reading import read_release
from tests.rf2 import DATE, Release

US_MODULE, US_NAMESPACE = "731000124108", "1000124"
DANISH_MODULE = "554471000005108"
SIMPLE_FILE = "Snapshot/Refset/Content/der2_Refset_SimpleSnapshot_INT_20250731.txt"


def international(date: str = DATE) -> tuple[Release, str]:
    """An edition with one concept of its own."""
    release = Release(date=date, items=int(date[:4]))
    return release, release.concept(f"International of {date}", ids.ROOT)


def extension(parent: str, module: str = US_MODULE, namespace: str = US_NAMESPACE) -> tuple[Release, str]:
    """An extension whose one concept lies below one of the International edition."""
    release = Release(module=module, namespace=namespace, own=False, items=500)
    one = release.concept("National", parent)
    release.member("ModuleDependency", ids.MODULE_DEPENDENCIES, ids.CORE_MODULE, DATE, DATE)
    return release, one


def test_an_extension_makes_an_edition_with_the_newest_one_beside_the_others(tmp_path: Path) -> None:
    older, _ = international("20240131")
    newer, one = international()
    national, two = extension(one)
    for number, release in enumerate((older, newer, national)):
        release.write(tmp_path / str(number))
    parts = {part.version: part.concepts for part in read_release(tmp_path)}
    assert sorted(parts) == [
        f"http://snomed.info/sct/{US_MODULE}/version/{DATE}",
        f"http://snomed.info/sct/{ids.CORE_MODULE}/version/20240131",
        f"http://snomed.info/sct/{ids.CORE_MODULE}/version/{DATE}",
    ]
    us = parts[f"http://snomed.info/sct/{US_MODULE}/version/{DATE}"]
    assert us[two].parents == [one]
    assert two not in parts[f"http://snomed.info/sct/{ids.CORE_MODULE}/version/{DATE}"]
    assert one in us


def test_two_extensions_make_two_editions(tmp_path: Path) -> None:
    base, one = international()
    base.write(tmp_path / "base")
    us, _ = extension(one)
    danish, _ = extension(one, DANISH_MODULE, "1000005")
    us.write(tmp_path / "us")
    danish.write(tmp_path / "dk")
    assert sorted(part.version.split("/")[4] for part in read_release(tmp_path)) == [
        DANISH_MODULE, US_MODULE, ids.CORE_MODULE,
    ]  # fmt: skip


def test_a_package_of_reference_sets_joins_every_edition(tmp_path: Path) -> None:
    older, _ = international("20240131")
    newer, _ = international()
    package = Release(own=False, items=900)
    package.member("Simple", "733990004", ids.ROOT)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / SIMPLE_FILE.rpartition("/")[2]).write_bytes(package.contents()[SIMPLE_FILE])
    older.write(tmp_path / "older")
    newer.write(tmp_path / "newer")
    for part in read_release(tmp_path):
        assert [row["referencedComponentId"] for row in part.rows("refset/733990004")] == [int(ids.ROOT)]


def test_an_extension_alone_says_what_it_needs(tmp_path: Path) -> None:
    national, _ = extension(ids.ROOT)
    with pytest.raises(TerminologyError, match=r"No release among .* has the root concept"):
        read_release(national.write(tmp_path))


def test_an_extension_overrides_what_the_edition_says_of_a_component(tmp_path: Path) -> None:
    base, one = international()
    national, _ = extension(one)
    national.row("Concept", one, ids.DEFINED, time="20250901")
    base.write(tmp_path / "base")
    national.write(tmp_path / "us")
    parts = {part.version.split("/")[4]: part for part in read_release(tmp_path)}
    assert parts[US_MODULE].properties(one, "sufficientlyDefined") == [True]
    assert parts[US_MODULE].properties(one, "moduleId") == [US_MODULE]
    assert parts[ids.CORE_MODULE].properties(one, "sufficientlyDefined") == [False]


def test_an_extension_overrides_members_of_the_edition(tmp_path: Path) -> None:
    base, one = international()
    refset = base.concept("Set of base", "900000000000455006")
    member, kept = base.member("Simple", refset, one), base.member("Simple", refset, ids.ROOT)
    (word,) = (row[0] for row in base.rows["Language"] if row[4] == ids.US_ENGLISH and row[5] == name_of(base, one))
    national, _ = extension(one)
    national.row("Simple", member, refset, one, active=False, time="20250901")
    national.row("Language", word, ids.US_ENGLISH, name_of(base, one), ids.ACCEPTABLE, time="20250901")
    base.write(tmp_path / "base")
    national.write(tmp_path / "us")
    parts = {part.version.split("/")[4]: part for part in read_release(tmp_path)}
    active = {
        module: {row["referencedComponentId"] for row in part.rows(f"refset/{refset}") if row["active"]}
        for module, part in parts.items()
    }
    assert active == {ids.CORE_MODULE: {int(one), int(ids.ROOT)}, US_MODULE: {int(ids.ROOT)}}
    assert len(parts[US_MODULE].rows(f"refset/{refset}")) == 2, (member, kept)
    term = f"International of {DATE}"
    accepted = {
        module: next(row for row in part.rows("description") if row["term"] == term)[f"dialect/{ids.US_ENGLISH}"]
        for module, part in parts.items()
    }
    assert accepted == {ids.CORE_MODULE: int(ids.PREFERRED), US_MODULE: int(ids.ACCEPTABLE)}


def name_of(release: Release, concept: str) -> str:
    """The description that is a concept's first name."""
    return next(row[0] for row in release.rows["Description"] if row[4] == concept)


def test_an_edition_with_everything_in_one_package_is_named_after_its_own_module(tmp_path: Path) -> None:
    release, _ = international()
    release.concept("National", ids.ROOT, module=US_MODULE)
    release.member("ModuleDependency", ids.MODULE_DEPENDENCIES, ids.CORE_MODULE, DATE, DATE, module=US_MODULE)
    (part,) = read_release(release.write(tmp_path))
    assert part.version == f"http://snomed.info/sct/{US_MODULE}/version/{DATE}"


@pytest.mark.parametrize(
    ("name", "module", "base"),
    [
        ("SnomedCT_Invented", ids.CORE_MODULE, "sct"),
        ("SnomedCT_Invented", "12341999999107", "sct"),
        ("xSnomedCT_Invented", ids.CORE_MODULE, "xsct"),
        ("SnomedCT_Invented_BETA", "12341999999107", "xsct"),
    ],
)
def test_betas_are_not_published(name: str, module: str, base: str, tmp_path: Path) -> None:
    release = Release(module=module)
    (part,) = read_release(release.write(tmp_path, name=name))
    assert part.version == f"http://snomed.info/{base}/{module}/version/{DATE}"


def test_files_that_are_no_package_of_a_known_edition_are_not_published(tmp_path: Path) -> None:
    for path, content in Release(module="12341999999107").contents().items():
        (tmp_path / path.rpartition("/")[2]).write_bytes(content)
    (part,) = read_release(tmp_path)
    assert part.version == f"http://snomed.info/xsct/12341999999107/version/{DATE}"


def test_the_version_may_be_said(tmp_path: Path) -> None:
    version = "http://snomed.info/xsct/12341999999107/version/20230101"
    (part,) = read_release(Release().write(tmp_path), options=LoadOptions(version=version))
    assert part.version == version
    assert part.begin.metadata.date == "2023-01-01"


@pytest.mark.parametrize(
    ("uri", "version"),
    [
        ("http://snomed.info/sct", Version()),
        (f"http://snomed.info/sct/{US_MODULE}", Version(US_MODULE)),
        (f"http://snomed.info/sct/{US_MODULE}/version/{DATE}", Version(US_MODULE, DATE)),
        (f"http://snomed.info/xsct/{US_MODULE}/version/{DATE}", Version(US_MODULE, DATE, published=False)),
        ("http://snomed.info/xsct", Version(published=False)),
        ("http://snomed.info/sct/73211009/x", None),
        (f"http://snomed.info/sct/{US_MODULE}/version/2025", None),
        (f"https://snomed.info/sct/{US_MODULE}", None),
        ("http://snomed.info/sct?fhir_vs", None),
    ],
)
def test_version_uris(uri: str, version: Version | None) -> None:
    assert parse(uri) == version
    assert version is None or version.uri == uri


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminology, str, str]:
    """A server with two International editions and a US one; the concepts of the newer one and of the US."""
    folder = tmp_path_factory.mktemp("editions")
    older, _ = international("20240131")
    newer, one = international()
    national, two = extension(one)
    for number, release in enumerate((older, newer, national)):
        release.write(folder / str(number))
    terminology = Terminology(folder / "editions.db")
    ingest.load(terminology.store, [folder])
    return terminology, one, two


def test_editions_live_side_by_side(editions: tuple[Terminology, str, str]) -> None:
    terminology, one, two = editions
    versions = terminology.catalogue(terminology.context()).code_system_versions(ids.SYSTEM)
    assert len(versions) == 3
    edition = Canonical(ids.SYSTEM, f"http://snomed.info/sct/{US_MODULE}")
    assert terminology.lookup(edition, two).code_system.version == f"{edition.version}/version/{DATE}"
    assert terminology.lookup(ids.SYSTEM, one).code_system.version == (
        f"http://snomed.info/sct/{ids.CORE_MODULE}/version/{DATE}"
    ), "the International edition is the default one"
    older = Canonical(ids.SYSTEM, f"http://snomed.info/sct/{ids.CORE_MODULE}/version/20240131")
    assert not terminology.validate_code(older, one).result
    assert terminology.lookup(ids.SYSTEM, "138875005", date="2024-06-01").code_system.version == older.version


def test_implicit_value_sets_of_an_edition(editions: tuple[Terminology, str, str]) -> None:
    terminology, one, two = editions
    url = f"http://snomed.info/sct/{US_MODULE}?fhir_vs=isa/{one}"
    assert codes(terminology, url) == [one, two]
    assert codes(terminology, f"{ids.SYSTEM}?fhir_vs=isa/{one}") == [one]


def codes(terminology: Terminology, url: str) -> list[str]:
    return [found.code for found in terminology.expand(url, exclude_nested=True).expansion.contains]
