"""The code systems of procedures, and LOINC: prepared answers about every code are those of the usual way.

Also what a lookup of a procedure document costs, however much the document says, and a verdict on a terminated code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, urlencode

import pytest
from flask import Flask

from terminology import ingest
from terminology.http.app import create_app
from terminology.model.records import LoadOptions
from terminology.store.documents import decode
from terminology.store.opening import open_store
from tests.http.agreement import agrees
from tests.http.test_expansion_costs import calls
from tests.http.wsgi_calls import body_of
from tests.loaders.cpt import making as cpt
from tests.loaders.hcpcs import making as hcpcs
from tests.loaders.icd9cm.test_icd9cm import LONG, SHORT
from tests.loaders.icd10cm import sample as icd10cm
from tests.loaders.icd10pcs import samples as icd10pcs
from tests.loaders.loinc.release import write_release

SAMPLES = Path(__file__).parents[2] / "loaders/documents/samples/pages"
ASKED = ("", "&property=kind&property=CLASSTYPE", "&displayLanguage=es,de;q=0.5", "&property=*", "&version=1999")
TERMINATED = [
    line
    for number, cross in enumerate(("A0010", "", "J1010", "", "K2020", ""))
    for line in hcpcs.described(
        f"Q{number}00{number}", f"Invented item {number}", TERM_DT=f"2025060{number + 1}", XREF1=cross
    )
]
"""Some of these say what is in their place."""

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
    "HCPCS": files({"HCPC2025_OCT_ANWEB.txt": hcpcs.text_file([*hcpcs.LINES, *TERMINATED])}),
    "ICD-10-PCS": pcs,
    "ICD-10-CM": files({"icd10cm_order_2031.txt": icd10cm.order_file()}),
    "ICD-9-CM": files({"CMS32_DESC_LONG_SG.txt": LONG, "CMS32_DESC_SHORT_SG.txt": SHORT}),
    "LOINC": write_release,
})  # fmt: skip


class Loaded(NamedTuple):
    """A server with a release, and its codes with their displays."""

    app: Flask
    codes: list[tuple[str, str, str]]


@pytest.fixture(scope="module", params=RELEASES, ids=str)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("release")
    options = LoadOptions(version="2.82" if request.param == "LOINC" else None)
    return _loaded(
        f"sqlite:///{tmp_path_factory.mktemp('database') / 'some.db'}", RELEASES[request.param](folder), options
    )


def _loaded(url: str, path: Path, options: LoadOptions) -> Loaded:
    store = open_store(url)
    ingest.load(store, [path], options)
    codes = [
        (entry.url, row.code, decode(row.document).display or "")
        for entry in store.versions()
        for row in store.version(entry.key).scan()
    ]
    store.close()
    assert codes
    return Loaded(create_app(database=url, kept_answers=0), codes)


def test_every_code_is_looked_up_as_the_usual_way_does(loaded: Loaded) -> None:
    app, codes = loaded
    agrees(
        app,
        [
            (f"/{release}/CodeSystem/$lookup?{query(system=system, code=code)}{asked}", b"")
            for release, asked, (system, code, _) in product(("r4", "r5"), ASKED, [*codes, (codes[0][0], "nobody", "")])
        ],
    )


def test_every_code_is_validated_as_the_usual_way_does(loaded: Loaded) -> None:
    app, codes = loaded
    asked: list[tuple[str, bytes]] = []
    for number, (system, code, display) in enumerate(codes):
        other = codes[number - 1]
        in_system = f"/r4/CodeSystem/$validate-code?{query(url=system, code=code)}"
        in_set = f"/r5/ValueSet/$validate-code?{query(url=f'{system}?fhir_vs', system=system, code=code)}"
        coding = {"system": system, "code": code, "display": display or "Anything"}
        second = {"system": system, "code": other[1]}
        asked += [
            (in_system, b""), (f"{in_system}&{query(display=display or 'Anything')}", b""),
            (f"{in_system}&display=Something+else", b""), (in_set, b""), (f"{in_set}&activeOnly=true", b""),
            ("/r4/CodeSystem/$validate-code", body_of(("url", "Uri", system), ("coding", "Coding", coding))),
            ("/r4/CodeSystem/$validate-code", body_of(
                ("url", "Uri", system), ("codeableConcept", "CodeableConcept", {"coding": [coding, second]})
            )),
        ]  # fmt: skip
    agrees(app, asked)


def test_codes_without_a_display_may_have_designations(tmp_path: Path) -> None:
    named = {"designation": [{"value": "So"}]}
    concepts = [{"code": code, **named} if code in "pqr" else {"code": code} for code in "abcpqrdef"]
    system = {
        "resourceType": "CodeSystem", "url": "http://example.org/few", "status": "active", "content": "complete",
        "concept": concepts,
    }  # fmt: skip
    (tmp_path / "few.json").write_text(json.dumps(system))
    app, codes = _loaded(f"sqlite:///{tmp_path / 'few.db'}", tmp_path / "few.json", LoadOptions())
    agrees(
        app,
        [
            (f"/r4/CodeSystem/${operation}?{query(**{name: url, 'code': code})}{more}", b"")
            for operation, name in (("validate-code", "url"), ("lookup", "system"))
            for more in ("", "&displayLanguage=de")
            for url, code, _ in codes
        ],
    )


def query(**parameters: str) -> str:
    return urlencode(parameters, safe=":/")


def test_a_verdict_on_a_terminated_code_takes_a_limited_number_of_calls(tmp_path: Path) -> None:
    (tmp_path / "HCPC2025_OCT_ANWEB.txt").write_bytes(hcpcs.text_file(TERMINATED))
    app, codes = _loaded(f"sqlite:///{tmp_path / 'some.db'}", tmp_path, LoadOptions())
    asked = [
        f"/r4/CodeSystem/$validate-code?{query(url=system, code=code)}" for system, code, _ in codes if len(code) > 1
    ]
    for target in asked:
        calls(app, target)
    assert max(calls(app, target) for target in asked) <= 100


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
