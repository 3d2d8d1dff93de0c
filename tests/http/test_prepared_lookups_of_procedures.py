"""Lookups in the code systems of procedures, and in LOINC: prepared answers are those of the usual way, for every code.

Also what a lookup of a procedure document costs, however much the document says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import pytest

from terminology import ingest
from terminology.http.app import create_app
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.http.agreement import agrees
from tests.http.test_expansion_costs import calls
from tests.loaders.cpt import making as cpt
from tests.loaders.hcpcs import making as hcpcs
from tests.loaders.icd9cm.test_icd9cm import LONG, SHORT
from tests.loaders.icd10cm import sample as icd10cm
from tests.loaders.icd10pcs import samples as icd10pcs
from tests.loaders.loinc.release import write_release

SAMPLES = Path(__file__).parents[2] / "loaders/documents/samples/pages"
ASKED = ("", "&property=kind&property=CLASSTYPE", "&displayLanguage=es,de;q=0.5", "&property=*", "&version=1999")
Written = Callable[[Path], Path]


def files(contents: Mapping[str, str | bytes]) -> Written:
    """What writes files into a folder."""

    def write(folder: Path) -> Path:
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


def pcs(folder: Path) -> Path:
    icd10pcs.write(folder)
    return folder


RELEASES: Mapping[str, Written] = MappingProxyType({
    "documents": lambda _: SAMPLES,
    "CPT": lambda folder: files(cpt.old_layout())(folder / "CPT2025"),
    "CPT in the newer layout": lambda folder: files(cpt.new_layout())(folder / "CPT2026"),
    "HCPCS": files({"HCPC2025_OCT_ANWEB.txt": hcpcs.text_file()}),
    "ICD-10-PCS": pcs,
    "ICD-10-CM": files({"icd10cm_order_2031.txt": icd10cm.order_file()}),
    "ICD-9-CM": files({"CMS32_DESC_LONG_SG.txt": LONG, "CMS32_DESC_SHORT_SG.txt": SHORT}),
    "LOINC": write_release,
})  # fmt: skip


@pytest.mark.parametrize("write", RELEASES.values(), ids=RELEASES)
def test_every_code_is_looked_up_as_the_usual_way_does(tmp_path: Path, write: Written) -> None:
    url, folder = f"sqlite:///{tmp_path / 'some.db'}", tmp_path / "release"
    folder.mkdir()
    store = open_store(url)
    ingest.load(store, [write(folder)], LoadOptions(version="2.82" if write is write_release else None))
    codes = [(entry.url, code) for entry in store.versions() for code in store.version(entry.key).codes()]
    store.close()
    assert codes
    agrees(
        create_app(database=url, kept_answers=0),
        [
            (f"/{release}/CodeSystem/$lookup?system={quote(system, safe='')}&code={quote(code, safe='')}{asked}", b"")
            for release, asked, (system, code) in product(("r4", "r5"), ASKED, [*codes, (codes[0][0], "nobody")])
        ],
    )


def test_a_long_document_takes_as_many_calls_as_a_short_one(tmp_path: Path) -> None:
    folder, url = tmp_path / "pages", f"sqlite:///{tmp_path / 'pages.db'}"
    folder.mkdir()
    for code, length in (("W1001", 2), ("W1002", 40), ("W1003", 2), ("W1004", 40)):
        found = "".join(
            f"- Sign {number} of {code} that somebody has seen, {'at length ' * 20}\n" for number in range(length)
        )
        (folder / f"{code}.md").write_text(
            f"# Waxing of {code}\n\nCode: {code}\n\n## Indications\n{found}\n## Setting\n- Workshop\n"
        )
    store = open_store(url)
    ingest.load(store, [folder], LoadOptions(system="http://example.org/waxing"))
    (system,) = {entry.url for entry in store.versions()}
    store.close()
    app = create_app(database=url, kept_answers=0)
    ask = f"/r4/CodeSystem/$lookup?system={quote(system, safe='')}&code="
    for code in ("W1001", "W1002"):
        calls(app, ask + code)
    short, long = calls(app, f"{ask}W1003"), calls(app, f"{ask}W1004")
    assert short == long <= 70
