"""Facts come back code by code, in the order in which they were said."""

from __future__ import annotations

from loaders import spool
from loaders.spool import Spool


def test_facts_of_many_codes(monkeypatch):
    monkeypatch.setattr(spool, "STRETCH", 3)
    monkeypatch.setattr(spool, "IN_MEMORY", 20)
    with Spool(8) as facts:
        for time in range(2):
            for position in (7, 0, 3, 2):
                facts.add(position, "said", time, {"at": position})
        found = list(facts.facts())
    assert [[fact[1] for fact in of_code] for of_code in found] == [[0, 1], [], [0, 1], [0, 1], [], [], [], [0, 1]]
    assert found[7][0] == ["said", 0, {"at": 7}]


def test_an_empty_spool_has_no_facts():
    with Spool(0) as facts:
        assert list(facts.facts()) == []
