"""Short ways to write value sets and ask for expansions, for the tests of this folder."""

from __future__ import annotations

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.language import Languages
from terminology.model.requests import ExpandRequest, RequestContext
from terminology.model.valueset import Compose, ConceptReference, ConceptSet, Filter, ValueSet
from tests.memory import MemoryCodeSystem
from valuesets.expand import Limits, Stamp, expand

STAMP = Stamp(now=lambda: "2026-01-02T03:04:05.678Z", identifier=lambda: "urn:uuid:fixed")


def value_set(name, *include, exclude=(), inactive=None, **header):
    compose = Compose(tuple(include), tuple(exclude), inactive)
    return ValueSet(url=f"http://example.org/{name}", compose=compose, **header)


def include(system=None, *codes, version=None, filters=(), imports=()):
    """`include(S)`: all; `include(S, "a", "b")`: these; `filters` as `("concept", "is-a", "a")`."""
    references = tuple(c if isinstance(c, ConceptReference) else ConceptReference(c) for c in codes)
    return ConceptSet(
        system,
        version,
        references,
        tuple(Filter(*f, (f"ValueSet.compose.include[0].filter[{n}]",)) for n, f in enumerate(filters)),
        tuple(Canonical.parse(i) for i in imports),
        "ValueSet.compose.include[0]",
    )


def expansion(catalogue, asked, *, limits=None, accept="", languages="", deadline=None, **wishes):
    request = ExpandRequest(value_set=asked, display_language=Languages.parse(languages), **wishes)
    context = RequestContext(accept_language=Languages.parse(accept), deadline=deadline)
    return expand(catalogue, request, context, limits or Limits(), stamp=STAMP).expansion


def codes(catalogue, asked, **wishes):
    return [entry.code for entry in expansion(catalogue, asked, **wishes).contains]


def parameters(found):
    return [(p.name, p.value) for p in found.parameters]


def tree(entries):
    """Codes as nested lists: `["a", ["a1", "a2"], "b"]`."""
    shown = []
    for entry in entries:
        shown.append(entry.code)
        if entry.contains:
            shown.append(tree(entry.contains))
    return shown


def system(*concepts, url="http://example.org/s", **header):
    return MemoryCodeSystem(CodeSystemMetadata(url=url, **header), concepts)


def entry(catalogue, asked, code, **wishes):
    return next(c for c in expansion(catalogue, asked, **wishes).contains if c.code == code)
