"""The value set bound to an element (`context`), and how a binding's strength weighs codes outside it.

A context is `[url of a profile or type]#[element]`, or `Type.element`; the element is an id or a path (R5, 4.9.18).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from terminology.fhir.structuredefinition import type_url
from terminology.model.coding import Canonical
from terminology.model.outcome import Issue, Severity, TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ElementContext
from terminology.model.results import ValidateCodeResult
from terminology.model.structure import Binding, Element, Strength, Structure
from terminology.operations.inputs import Inputs, wrong_type
from terminology.operations.operation import Parameter
from valuesets.verdict import ERRORS

CONTEXT = Parameter(
    "context",
    "uri",
    "The element to whose binding the value set belongs: `[profile or type url]#[element]`, or `Type.element`.",
)
DIRECTION = Parameter(
    "contextDirection",
    "code",
    "With `context`: `incoming` for codes that a client writes (the default), `outgoing` for those it may read.",
)
DIRECTIONS = ("incoming", "outgoing")
DEEPEST = 32
"""Structures of a lineage, at most: bases may refer to each other in a circle."""
SLICE = re.compile(r":[^.]*")
"""The name of a slice in an element id (`Patient.identifier:mrn.system`)."""
MEMBERSHIP = frozenset({"not-in-vs", "this-code-not-in-vs"})
"""Details of issues which say that a code is not in the value set."""
SEVERITIES: Mapping[Strength, Severity] = MappingProxyType(
    {"required": "error", "extensible": "warning", "preferred": "information", "example": "information"}
)
"""Severity of a code outside the value set, by strength."""
RANKS: Mapping[Severity, int] = MappingProxyType({"fatal": 0, "error": 1, "warning": 2, "information": 3})


def context(inputs: Inputs) -> ElementContext | None:
    """The `context` of a call. Raises TerminologyError invalid for one that names no element, or a wrong direction."""
    text, direction = inputs.text("context"), inputs.text("contextDirection") or DIRECTIONS[0]
    if direction not in DIRECTIONS:
        raise wrong_type("contextDirection", " or ".join(DIRECTIONS), direction)
    if text is None:
        return None
    url, hash_, element = text.partition("#")
    if not hash_ and "." in url.rpartition("/")[2]:
        element = url.rpartition("/")[2]
        url = url.removesuffix(element) + element.partition(".")[0]
    if not element or not url:
        raise TerminologyError.of("invalid", "CONTEXT_WITHOUT_ELEMENT", context=text)
    ref = Canonical.parse(url)
    return ElementContext(Canonical(type_url(ref.url), ref.version), element, direction == "outgoing")


def binding(catalogue: Catalogue, asked: ElementContext) -> Binding:
    """The binding of an element: the profile's, else that of its base, else its datatype's.

    Raises TerminologyError not-found for an unknown structure or element, for an element without a binding, and for a
    missing base that a differential depends on.
    """
    structure = required_structure(catalogue, asked.structure)
    line = lineage(catalogue, structure)
    levels = (_element(catalogue, level, asked.element) for level in line)
    known = [element for element in levels if element is not None]
    bindings = [element.binding for element in known] + [_of_type(catalogue, e, asked.element) for e in known]
    for found in bindings:
        if found is not None and found.value_set is not None:
            return found
    if not structure.whole and not any(level.whole for level in line) and line[-1].base is not None:
        required_structure(catalogue, line[-1].base)
    message = "ELEMENT_NOT_BOUND" if known else "ELEMENT_UNKNOWN"
    raise TerminologyError.of("not-found", message, element=asked.element, structure=str(structure.canonical))


def value_set(catalogue: Catalogue, asked: ElementContext) -> Canonical:
    """The value set bound to an element; for outgoing codes the maximum binding, where there is one."""
    found = binding(catalogue, asked)
    assert found.value_set is not None
    widest = [a.value_set for a in found.additional if a.purpose == "maximum" and not a.usage]
    return widest[0] if asked.outgoing and widest else found.value_set


def required_structure(catalogue: Catalogue, ref: Canonical) -> Structure:
    """A structure. Raises TerminologyError not-found."""
    found = catalogue.structure(ref)
    if found is None:
        raise TerminologyError.of("not-found", "STRUCTURE_UNKNOWN", url=str(ref))
    return found


def lineage(catalogue: Catalogue, structure: Structure) -> list[Structure]:
    """A structure and its bases, as far as they are loaded."""
    found = [structure]
    while (base := found[-1].base) is not None and len(found) < DEEPEST:
        following = catalogue.structure(base)
        if following is None:
            break
        found.append(following)
    return found


def _element(catalogue: Catalogue, structure: Structure, wanted: str) -> Element | None:
    """An element by id, by path, or within a datatype or a profile on it (`Patient.address.use`).

    A slice that a structure says nothing about is treated as the element itself.
    """
    inside = wanted.partition(".")[2]
    for name in dict.fromkeys((wanted, f"{structure.type}.{inside or wanted}", f"{structure.type}.{wanted}")):
        if (found := _named(structure, name)) is not None:
            return found
    steps = f"{structure.type}.{inside}".split(".")
    for end in range(len(steps) - 1, 1, -1):
        outer = _named(structure, ".".join(steps[:end]))
        if outer is None:
            continue
        if outer.content is not None:
            return _named(structure, ".".join([outer.content, *steps[end:]]))
        for type_ in outer.types:
            for ref in (*type_.profiles, Canonical(type_url(type_.code))):
                datatype = catalogue.structure(ref)
                if datatype is not None and datatype.url != structure.url:
                    return _element(catalogue, datatype, ".".join([datatype.type, *steps[end:]]))
    return _element(catalogue, structure, SLICE.sub("", wanted)) if SLICE.search(wanted) else None


def _of_type(catalogue: Catalogue, element: Element, wanted: str) -> Binding | None:
    """The binding of an element's type as a whole (Age); for a choice, of the type in its name."""
    types = [t for t in element.types if len(element.types) == 1 or wanted.endswith(t.code[:1].upper() + t.code[1:])]
    for ref in (ref for t in types for ref in (*t.profiles, Canonical(type_url(t.code)))):
        datatype = catalogue.structure(ref)
        root = datatype and datatype.elements.get(datatype.type)
        if root and root.binding is not None:
            return root.binding
    return None


def _named(structure: Structure, name: str) -> Element | None:
    """An element by id, by path, or as a choice by the name of its value (`Observation.valueQuantity`)."""
    if (found := structure.elements.get(name)) is not None:
        return found
    outer, _, last = name.rpartition(".")
    for element in structure.children.get(outer, ()):
        start = element.name.removesuffix("[x]")
        if element.slice_name is None and start != element.name and last.startswith(start):
            return element
    return next((e for e in structure.elements.values() if e.path == name and e.slice_name is None), None)


def weigh(issues: Sequence[Issue], strength: Strength) -> tuple[Issue, ...]:
    """The issues of a verdict, weighed by the strength of the binding.

    A code outside the value set has the severity of the strength. An unknown system is at most as severe, and never an
    error, since its codes cannot be judged. Problems of the code itself keep their severity.
    """
    return tuple(_weighed(issue, strength) for issue in issues)


def _weighed(issue: Issue, strength: Strength) -> Issue:
    worst = SEVERITIES[strength]
    if issue.code == "not-found":
        return _at_most(issue, "warning" if worst == "error" else worst)
    return _at_most(issue, worst) if issue.detail in MEMBERSHIP else issue


def _at_most(issue: Issue, severity: Severity) -> Issue:
    return replace(issue, severity=severity) if RANKS[issue.severity] < RANKS[severity] else issue


def weighed(result: ValidateCodeResult, strength: Strength) -> ValidateCodeResult:
    """A verdict under a binding: true when no issue is an error under it."""
    if result.result or strength == "required":
        return result
    issues = weigh(result.issues, strength)
    wrong = any(issue.severity in ERRORS for issue in issues)
    return replace(result, issues=issues, result=not wrong)
