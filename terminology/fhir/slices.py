"""Decides which slices of an element a value is in, and which ones cannot be decided.

Slices are told apart by discriminators, which any profile in the chain may define. Without discriminators, slices
differ by the type of a choice, the url of an extension, or their fixed value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminology.fhir.definitions import Definition, Definitions
from terminology.fhir.discriminators import Discriminators, Node, contains

DEFAULT = "@default"
"""The slice of all values that are in none of the others."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value of an object, with the name of its member and its index there (0 if the member is not a list)."""

    node: Node
    member: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Sliced:
    """The definitions of a value, and the slices (by name) of which it is not known whether the value is in them."""

    definitions: list[Definition]
    undecided: list[tuple[str, Definition]]


def sliced(definitions: Definitions, item: Item, by: Discriminators) -> Sliced:
    """The definitions that apply to a value, the most specific first: by structure, within one its slices first."""
    found, undecided = _matching(definitions, item, by)
    order = {id(definition.structure): place for place, definition in reversed([*enumerate(definitions)])}
    found.sort(key=lambda one: order[id(one.structure)])
    return Sliced(found, undecided)


def _matching(
    definitions: Definitions, item: Item, by: Discriminators
) -> tuple[list[Definition], list[tuple[str, Definition]]]:
    """The definitions, after those of the slices that a value is in (slices of slices first); and undecided slices."""
    named: dict[str, list[Definition]] = {}
    for definition in definitions:
        for name, slice_ in definition.slices():
            named.setdefault(name, []).append(slice_)
    stated = next((d.element.discriminators for d in definitions if d.element.discriminators), ())
    verdicts = {
        name: _is_in(slice_, stated, item, by, place)
        for place, (name, slice_) in enumerate(named.items())
        if name != DEFAULT
    }
    if DEFAULT in named:
        verdicts[DEFAULT] = False if True in verdicts.values() else None if None in verdicts.values() else True
    found: list[Definition] = []
    undecided = [(name, slice_) for name, verdict in verdicts.items() if verdict is None for slice_ in named[name]]
    for name, verdict in verdicts.items():
        if verdict:
            inner, open_ = _matching(named[name], item, by)
            found += inner
            undecided += open_
    return [*found, *definitions], undecided


def _is_in(
    slice_: Sequence[Definition], stated: Sequence[tuple[str, str]], item: Item, by: Discriminators, place: int
) -> bool | None:
    """Whether a value is in a slice (all its definitions); None if unknown.

    `stated` are the discriminators as (type, path), `place` is the number of the slice, for the type `position`.
    """
    first = slice_[0].element
    if first.name.endswith("[x]") and (first.slice_name == item.member or not any(d.element.types for d in slice_)):
        return first.slice_name == item.member
    urls = {p.url for d in slice_ for t in d.element.types if t.code == "Extension" for p in t.profiles}
    if urls:
        return isinstance(item.node.value, dict) and str(item.node.value.get("url")) in urls
    if not stated:
        return _by_itself(slice_, item, by)
    verdicts = [
        item.index == place if kind == "position" else by.judge(kind, path, slice_, item.node) for kind, path in stated
    ]
    return False if False in verdicts else None if None in verdicts else True


def _by_itself(slice_: Sequence[Definition], item: Item, by: Discriminators) -> bool | None:
    """Whether a value is in a slice without discriminators: by the types of a choice, else by the fixed value."""
    if slice_[0].element.name.endswith("[x]"):
        return by.judge("type", "$this", slice_, item.node)
    if all(d.element.fixed is None for d in slice_):
        return None
    return all(contains(item.node.value, d.element.fixed) for d in slice_ if d.element.fixed is not None)
