"""A naive reading of version rules gives what `$expand` lists and `$validate-code` says, whatever the rules are.

`test_naive` has one version of one system; here systems and value sets have several, includes and imports pin them,
leave them open or give a pattern, and requests bring rules of their own. Written from the documentation of the
parameters, with nothing of `valuesets` in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from terminology.model.requests import ExpandRequest, RequestContext, ValidateCodeRequest, VersionRules
from terminology.model.valueset import Compose, ConceptReference, ConceptSet, ValueSet
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from valuesets.expand import Limits, expand
from valuesets.validate import validate_code

SYSTEMS = ("http://example.org/a", "http://example.org/b")
VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
PATTERNS: dict[str, tuple[str, ...]] = {
    **{version: (version,) for version in VERSIONS},
    "1.x": ("1.0.0", "1.1.0"),
    "1.x.x": ("1.0.0", "1.1.0"),
    "1.0": ("1.0.0",),
    "*": VERSIONS,
    "9.x": (),
}
"""What a reference may say → the versions it means, oldest first."""
CODES = ("c1", "c2", "c3", "c4")
BASE = "http://example.org/base"
ROOT = "http://example.org/root"

Member = tuple[str, str, str]
"""System, version, code."""


class NotThereError(Exception):
    """Something that is referred to is missing, or a rule forbids it."""


@dataclass(frozen=True)
class World:
    """Codes by system and version, the versions of the imported value set, and the one that is asked about."""

    held: dict[tuple[str, str], frozenset[str]]
    bases: dict[str, ValueSet]
    root: ValueSet
    rules: VersionRules

    def catalogue(self) -> MemoryCatalogue:
        systems = [
            MemoryCodeSystem(CodeSystemMetadata(url=url, version=version), [Concept(c, c) for c in sorted(codes)])
            for (url, version), codes in self.held.items()
        ]
        return MemoryCatalogue(*systems, *self.bases.values(), self.root)

    def members(self, wanted: dict[str, str]) -> set[Member]:
        """All of the value set; `wanted` are versions that a coding states. Raises NotThereError."""
        return self._of(self.root, wanted)

    def _of(self, value_set: ValueSet, wanted: dict[str, str]) -> set[Member]:
        compose = value_set.compose
        assert compose is not None
        included = set[Member]().union(*(self._of_set(s, wanted) for s in compose.include))
        excluded = set[Member]().union(*(self._of_set(s, wanted) for s in compose.exclude))
        gone = {(system, code) for system, _, code in excluded}  # excludes go by code
        return {(s, v, c) for s, v, c in included if (s, c) not in gone}

    def _of_set(self, definition: ConceptSet, wanted: dict[str, str]) -> set[Member]:
        imports = [self._of(self.bases[self._base(reference)], wanted) for reference in definition.value_sets]
        if definition.system is None:
            return self._both(imports[0], *imports[1:])
        version = self._version(definition.system, definition.version, wanted)
        codes = self.held[definition.system, version]
        if definition.concepts:
            codes &= {reference.code for reference in definition.concepts}
        return self._both({(definition.system, version, code) for code in codes}, *imports)

    @staticmethod
    def _both(first: set[Member], *others: set[Member]) -> set[Member]:
        """An intersection goes by code, too."""
        for other in others:
            codes = {(system, code) for system, _, code in other}
            first = {(s, v, c) for s, v, c in first if (s, c) in codes}
        return first

    def _version(self, system: str, stated: str | None, wanted: dict[str, str]) -> str:
        said = (
            _ruled(self.rules.force_system_version, system)
            or stated
            or _ruled(self.rules.system_version, system)
            or _ruled(self.rules.check_system_version, system)
        )
        fitting = [v for v in (PATTERNS[said] if said else VERSIONS) if (system, v) in self.held]
        mine = wanted.get(system)
        if not fitting:
            raise NotThereError
        found = mine if mine in fitting else fitting[-1]
        check = _ruled(self.rules.check_system_version, system)
        if check and found not in PATTERNS[check]:
            raise NotThereError
        return found

    def _base(self, reference: Canonical) -> str:
        check = _ruled(self.rules.check_valueset_version, BASE)
        said = (
            _ruled(self.rules.force_valueset_version, BASE)
            or reference.version
            or _ruled(self.rules.default_valueset_version, BASE)
            or check
        )
        fitting = [v for v in (PATTERNS[said] if said else VERSIONS) if v in self.bases]
        if not fitting or (check and fitting[-1] not in PATTERNS[check]):
            raise NotThereError
        return fitting[-1]


def _ruled(rules: tuple[Canonical, ...], url: str) -> str | None:
    return next((rule.version for rule in rules if rule.url == url), None)


said_versions = st.sampled_from([None, None, None, None, *PATTERNS])


@st.composite
def concept_sets(draw: st.DrawFn, *, imports: bool) -> ConceptSet:
    """An include or exclude: a system or some of its codes, within an import or not, or an import alone."""
    imported = (Canonical(BASE, draw(said_versions)),) if imports and draw(st.booleans()) else ()
    if imported and draw(st.sampled_from([True, True, False])):
        return ConceptSet(value_sets=imported, path="ValueSet.compose.include[0]")
    listed = draw(st.lists(st.sampled_from(CODES), max_size=2, unique=True))
    return ConceptSet(
        draw(st.sampled_from(SYSTEMS)), draw(said_versions), tuple(map(ConceptReference, listed)), (), imported,
        "ValueSet.compose.include[0]",
    )  # fmt: skip


@st.composite
def value_sets(draw: st.DrawFn, url: str, version: str | None, *, imports: bool) -> ValueSet:
    includes = draw(st.lists(concept_sets(imports=imports), min_size=1, max_size=2))
    excludes = draw(st.one_of(st.just([]), st.lists(concept_sets(imports=imports), max_size=1)))
    return ValueSet(url=url, version=version, compose=Compose(tuple(includes), tuple(excludes)))


def rules_of(urls: tuple[str, ...]) -> st.SearchStrategy[tuple[Canonical, ...]]:
    one = st.builds(Canonical, st.sampled_from(urls), st.sampled_from(sorted(PATTERNS)))
    return st.one_of(st.just(()), st.just(()), st.lists(one, max_size=2, unique_by=lambda c: c.url).map(tuple))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    held = {
        (system, version): draw(st.frozensets(st.sampled_from(CODES), min_size=1))
        for system in SYSTEMS
        for version in draw(st.lists(st.sampled_from(VERSIONS), unique=True, min_size=2))
    }
    versions = draw(st.lists(st.sampled_from(VERSIONS), unique=True, min_size=2))
    rules = VersionRules(
        system_version=draw(rules_of(SYSTEMS)),
        check_system_version=draw(rules_of(SYSTEMS)),
        force_system_version=draw(rules_of(SYSTEMS)),
        default_valueset_version=draw(rules_of((BASE,))),
        check_valueset_version=draw(rules_of((BASE,))),
        force_valueset_version=draw(rules_of((BASE,))),
    )
    bases = {version: draw(value_sets(BASE, version, imports=False)) for version in versions}
    return World(held, bases, draw(value_sets(ROOT, None, imports=True)), rules)


def listed(catalogue: MemoryCatalogue, world: World) -> set[tuple[str, str]] | None:
    """What `$expand` lists; None when it refuses."""
    request = ExpandRequest(value_set=world.root, exclude_nested=True, versions=world.rules)
    try:
        found = expand(catalogue, request, RequestContext(), Limits()).expansion
    except TerminologyError:
        return None
    return {(entry.system, entry.code) for entry in found.contains}


def valid(catalogue: MemoryCatalogue, world: World, coding: Coding) -> bool:
    request = ValidateCodeRequest(
        form="coding", concept=CodeableConcept((coding,)), value_set=world.root, versions=world.rules
    )
    return validate_code(catalogue, request, RequestContext()).result


@given(worlds())
@settings(max_examples=100, deadline=None)
def test_the_naive_reading_gives_the_same_codes(world: World) -> None:
    catalogue = world.catalogue()
    try:
        members = world.members({})
    except NotThereError:
        assert listed(catalogue, world) is None
        return
    assert listed(catalogue, world) == {(system, code) for system, _, code in members}
    for system in SYSTEMS:
        for code in CODES:
            is_in = any((s, c) == (system, code) for s, _, c in members)
            assert valid(catalogue, world, Coding(system, code)) == is_in, (system, code)


@given(worlds(), st.sampled_from(SYSTEMS), st.sampled_from(VERSIONS))
@settings(max_examples=100, deadline=None)
def test_a_coding_of_some_version_is_valid_where_that_version_is_meant(world: World, system: str, version: str) -> None:
    if (system, version) not in world.held:
        return
    try:
        members = world.members({system: version})
    except NotThereError:
        return
    for code in CODES:
        assert valid(world.catalogue(), world, Coding(system, code, version)) == ((system, version, code) in members)
