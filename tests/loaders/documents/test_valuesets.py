"""The value sets that documents bring."""

from __future__ import annotations

import re

from loaders import systems
from loaders.documents.properties import prop
from loaders.documents.valuesets import value_sets
from terminology.model.concept import Concept
from terminology.model.valueset import Filter


def concept(code: str, **values: object) -> Concept:
    found = [prop("source", "x")]
    for name, listed in values.items():
        found += [prop(name, value) for value in (listed if isinstance(listed, list) else [listed])]
    return Concept(code, properties=tuple(found))


CONCEPTS = [
    concept("1", setting=["Outpatient clinic", "Hospital (acute)"], personnel="Nurses", addOn=True),
    concept(
        "2", setting=["outpatient clinic.", "It is done at home. Or elsewhere."], personnel=["Nurses", "診療放射線技師"]
    ),
    Concept("3", properties=(prop("setting", "No document"),)),
]


def test_sets_of_a_known_system() -> None:
    sets = {value_set.id: value_set for value_set in value_sets(systems.CPT, CONCEPTS)}
    assert {id_ for id_ in sets if id_ and id_.isascii()} == set(sets)
    assert {"cpt-documents", "cpt-add-on", "cpt-setting-outpatient-clinic", "cpt-setting-hospital-acute"} < set(sets)
    assert len(sets) == 6
    clinic = sets["cpt-setting-outpatient-clinic"]
    assert clinic.compose is not None
    assert [s.filters for s in clinic.compose.include] == [
        (Filter("setting", "=", "Outpatient clinic"),),
        (Filter("setting", "=", "outpatient clinic."),),
    ]
    assert clinic.name == "CPTSettingOutpatientClinic"
    assert clinic.title == "CPT: procedures in the setting “Outpatient clinic”"


def test_every_set_is_intensional_and_without_version() -> None:
    for value_set in value_sets(systems.CPT, CONCEPTS):
        assert value_set.compose is not None
        assert value_set.compose.include
        for n, include in enumerate(value_set.compose.include):
            assert (include.system, include.version, include.concepts) == (systems.CPT, None, ())
            assert len(include.filters) == 1
            assert include.path == f"ValueSet.compose.include[{n}]"
        assert value_set.experimental is False
        assert value_set.description
        assert value_set.copyright
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", value_set.id or "")
        assert re.fullmatch(r"[A-Z][A-Za-z0-9_]{1,254}", value_set.name or "")
        assert value_set.url.endswith(f"/ValueSet/{value_set.id}")


def test_filters() -> None:
    sets = {value_set.id: value_set.compose for value_set in value_sets(systems.CPT, CONCEPTS)}
    documents, add_on = sets["cpt-documents"], sets["cpt-add-on"]
    assert documents is not None
    assert add_on is not None
    assert documents.include[0].filters == (Filter("source", "exists", "true"),)
    assert add_on.include[0].filters == (Filter("addOn", "=", "true"),)


def test_without_documents_there_are_no_sets() -> None:
    assert value_sets(systems.CPT, [CONCEPTS[2]]) == []


def test_systems_nobody_knows_do_not_share_urls() -> None:
    first, second = (value_sets(f"https://{host}.example/CodeSystem/ops", CONCEPTS[:1]) for host in ("a", "b"))
    assert not {v.url for v in first} & {v.url for v in second}
    assert [v.url for v in first] == [v.url for v in value_sets("https://a.example/CodeSystem/ops", CONCEPTS[:1])]


def test_long_values_keep_ids_short() -> None:
    names = [f"Clinic of the very long name that goes on and on and ends in {n}" for n in (1, 2)]
    ids = [v.id or "" for v in value_sets(systems.CPT, [concept("1", setting=names)])]
    assert len(ids) == len(set(ids)) == 3
    assert all(len(id_) <= 64 for id_ in ids)
