"""The syntax of ICD-11 codes and clusters. Knows no store and no release."""

from __future__ import annotations

import re
from typing import NamedTuple

FOUNDATION = "http://id.who.int/icd/entity"
RELEASES = "http://id.who.int/icd/release/11/"
MMS = RELEASES + "mms"
ICF = RELEASES + "icf"

CODE = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Z]+)?")
JOINTS = re.compile("([&/])")


class Component(NamedTuple):
    """A code of a cluster: what joins it to what stands before (`''` for the first), and where it begins, from 1."""

    joint: str
    code: str
    position: int


def components(code: str) -> tuple[Component, ...]:
    """The codes of a cluster, or of a code alone."""
    found: list[Component] = []
    joint, position = "", 1
    for index, part in enumerate(JOINTS.split(code)):
        if index % 2:
            joint = part
        else:
            found.append(Component(joint, part, position))
        position += len(part)
    return tuple(found)


def is_extension(code: str) -> bool:
    """Extension codes are those of chapter X."""
    return code.startswith("X")


def same(cluster: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """What clusters that mean the same have in common: extension codes of a stem code have no order."""
    stems: list[tuple[str, set[str]]] = []
    for joint, code, _ in components(cluster):
        if joint == "&" and stems:
            stems[-1][1].add(code)
        else:
            stems.append((code, set()))
    return tuple((stem, frozenset(added)) for stem, added in stems)
