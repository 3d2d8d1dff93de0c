"""The two readings of every filter agree with each other, and with an evaluator that is obviously right."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminology.codesystems.stored import StoredCodeSystem
from terminology.codesystems.supplement import Supplemented
from terminology.model.concept import Concept, Designation
from terminology.store.opening import open_store
from tests.codesystems.building import publish
from tests.codesystems.naive import Naive
from tests.codesystems.strategies import concepts, filters, headers

slow_to_build = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow_to_build
@given(st.data(), headers(), st.lists(filters(), min_size=6, max_size=20))
def test_filters_of_a_stored_system_agree_with_the_naive_reading(data, metadata, asked):
    given_ = data.draw(concepts(metadata.case_sensitive))
    store = open_store()
    system = StoredCodeSystem(metadata, store.version(publish(store, metadata, given_)))
    agree(system, Naive(metadata, given_), asked)
    store.close()


@slow_to_build
@given(st.data(), headers(), headers("http://example.org/supplement"), st.lists(filters(), min_size=6, max_size=20))
def test_filters_of_a_supplemented_system_agree_with_the_naive_reading(data, metadata, supplement, asked):
    given_ = data.draw(concepts(metadata.case_sensitive))
    extra = [replace(c, parents=(), extensions=()) for c in data.draw(concepts(metadata.case_sensitive))]
    supplement = replace(supplement, content="supplement", case_sensitive=metadata.case_sensitive)
    store = open_store()
    base = StoredCodeSystem(metadata, store.version(publish(store, metadata, given_)))
    layer = StoredCodeSystem(supplement, store.version(publish(store, supplement, extra)), key="supplement")
    naive = _Overlaid(metadata, [_joined(c, extra, base) for c in given_])
    naive.own = given_
    agree(Supplemented(base, [(supplement, layer)]), naive, asked)
    store.close()


class _Overlaid(Naive):
    """Status and flags stay what the base says."""

    own: list[Concept]

    def values(self, concept, name):
        if self.meaning(name) in {"status", "inactive"}:
            concept = next(c for c in self.own if c.code == concept.code)
        return super().values(concept, name)


def _joined(concept, extra, base):
    added = [e for e in extra if base.code_key(e.code) == base.code_key(concept.code)]
    designations = [d for e in added for d in (*([Designation(e.display)] if e.display else ()), *e.designations)]
    return replace(
        concept,
        designations=(*concept.designations, *designations),
        properties=(*concept.properties, *(p for e in added for p in e.properties)),
    )


def agree(system, naive, asked):
    everyone = list(system.located(range(system.size)))
    for f in asked:
        wanted = naive.selected(f)
        assert list(system.select(f)) == wanted, f
        assert [one.ordinal for one in everyone if system.holds(one, f)] == wanted, f
