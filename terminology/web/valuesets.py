"""Pages of value sets: the list, and each value set with its rules in words and the codes they select."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, abort

from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem
from terminology.model.requests import VersionRules
from terminology.model.valueset import ConceptSet, Filter
from terminology.web import content
from terminology.web.site import Views, link_coding, offset, paging, query, title_of

PAGE = 20
LATEST = VersionRules(default_to_latest_version=True)
"""People rather see a newer version of a system than nothing."""

OF_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "is-a": "that are {0} or below it",
        "descendent-of": "below {0}",
        "descendent-leaf": "below {0} with nothing below themselves",
        "child-of": "directly below {0}",
        "generalizes": "that are {0} or above it",
        "is-not-a": "that are neither {0} nor below it",
    }
)
"""Filters of the hierarchy in words."""
OF_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "=": "whose {1} is {0}",
        "in": "whose {1} is one of {0}",
        "not-in": "whose {1} is none of {0}",
        "regex": "whose {1} matches {0}",
    }
)


def add_value_sets(pages: Blueprint, terminology: Terminology, fhir_base: str) -> None:
    """Add the pages of value sets."""
    views = _ValueSets(terminology, fhir_base)
    pages.add_url_rule("/value-sets", "value_sets", views.listed)
    pages.add_url_rule("/value-sets/<id>", "value_set", views.shown)


class _ValueSets(Views):
    """The list of value sets, and the page of one."""

    def listed(self) -> str:
        return self._list_of("ValueSet", "Value sets")

    def shown(self, id: str) -> str:  # noqa: A002 - the name in the url rule
        resource = self._store.resource("ValueSet", id)
        catalogue = self._catalogue()
        value_set = catalogue.value_set(Canonical(resource.url or "", resource.version)) if resource else None
        if resource is None or value_set is None:
            abort(404, description=f"There is no value set “{id}” here.")
        total, codes, problem, text = None, [], None, query()
        try:
            expansion = self._terminology.expand(
                value_set, filter=text or None, offset=offset(), count=PAGE, exclude_nested=True, versions=LATEST
            ).expansion
            total, codes = expansion.total, [self._contains(c.system, c.code, c.display) for c in expansion.contains]
        except TerminologyError as error:
            problem = str(error)
        return self._render(
            "value_set.html", value_set=value_set, title=title_of(resource), total=total, codes=codes, problem=problem,
            included=rules(catalogue, value_set.compose.include if value_set.compose else ()),
            excluded=rules(catalogue, value_set.compose.exclude if value_set.compose else ()),
            q=text, json_href=self._resource("ValueSet", id),
            expand_href=f"{self._fhir}/ValueSet/{id}/$expand?count={PAGE}", **paging(PAGE, total or 0),
        )  # fmt: skip

    def _contains(self, url: str | None, code: str | None, display: str | None) -> dict[str, Any]:
        return link_coding(self._store.versions(url) if url else [], code, display)


def rules(catalogue: Catalogue, parts: Iterable[ConceptSet]) -> list[str]:
    """Includes or excludes in words: `codes of LOINC whose CLASS is CHEM`, `3 listed codes of SNOMED CT`."""
    return [_rule(catalogue, part) for part in parts]


def _rule(catalogue: Catalogue, part: ConceptSet) -> str:
    sets = " and in ".join(str(ref) for ref in part.value_sets)
    if not part.system:
        return f"codes that are in {sets}" if sets else "nothing"
    system = None if catalogue.withholds(part.system) else catalogue.code_system(Canonical(part.system, part.version))
    count = len(part.concepts)
    listed = f"{count:,} listed code{'' if count == 1 else 's'}"
    everything = "codes" if part.filters or sets else "all codes"
    version = f", version {part.version}," if part.version else ""
    text = f"{listed if count else everything} of {content.short_title(system.metadata) if system else part.system}"
    told = " and ".join(_filter(system, one) for one in part.filters)
    return " ".join(filter(None, (text + version, told, sets and f"that are in {sets}"))).rstrip(",")


def _filter(system: CodeSystem | None, one: Filter) -> str:
    located = system.locate(one.value) if system and one.op in OF_PLACES else None
    value = f"{one.value} ({located.concept.display})" if located and located.concept.display else one.value
    if one.op == "exists":
        return f"that have {'a' if one.value == 'true' else 'no'} value for {one.property}"
    words = OF_PLACES.get(one.op) or OF_VALUES.get(one.op, "whose {1} " + one.op + " {0}")
    return words.format(value, one.property)
