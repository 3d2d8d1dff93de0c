"""The tables of UCUM, read from the unchanged file of its publisher (`ucum-essence.xml`).

UCUM's licence lets everybody use and redistribute the file, but not change it or derive other tables from it. So this
project has no copy of it: the file comes with an installed package, and is read into memory on first use. Definitions
of units are kept as written; `canonical` evaluates them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

from terminology.codesystems.installed import data_file

PACKAGE = "ucumvert"
FILE = "ucumvert/vendor/ucum-essence.xml"

_SPACE = "{http://unitsofmeasure.org/ucum-essence}"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A metric or binary prefix."""

    code: str
    name: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit atom.

    It is `value` times `definition`, a UCUM code; base units and arbitrary units are defined by nothing else (None).
    `metric` units take prefixes. `special` units are not proportional to what defines them (degree Celsius, pH).
    """

    code: str
    name: str
    metric: bool
    value: Decimal = Decimal(1)
    definition: str | None = None
    special: bool = False


@dataclass(frozen=True, slots=True)
class Essence:
    """All prefixes, the longest first, and all units by their case-sensitive code."""

    version: str
    prefixes: tuple[Prefix, ...]
    units: Mapping[str, Unit]


def installed() -> Path:
    """The file. Raises TerminologyError unavailable when the package that carries it is not installed."""
    return data_file(PACKAGE, FILE)


def version(path: Path) -> str:
    """UCUM's version, without reading the tables."""
    _, root = next(ET.iterparse(path, events=("start",)))  # noqa: S314 - a file we install, not a client's
    return str(root.attrib["version"])


def read(path: Path) -> Essence:
    """Read all tables."""
    root = ET.parse(path).getroot()  # noqa: S314 - a file we install, not a client's
    prefixes = (
        Prefix(p.attrib["Code"], _name(p), Decimal(_child(p, "value").attrib["value"])) for p in _all(root, "prefix")
    )
    units = [Unit(u.attrib["Code"], _name(u), metric=True) for u in _all(root, "base-unit")]
    units += [_unit(u) for u in _all(root, "unit")]
    return Essence(
        root.attrib["version"],
        tuple(sorted(prefixes, key=lambda p: -len(p.code))),
        MappingProxyType({u.code: u for u in units}),
    )


def _unit(element: ET.Element) -> Unit:
    value = _child(element, "value")
    function = value.find(_SPACE + "function")
    stated = value if function is None else function
    definition: str | None = stated.attrib["Unit"]
    if element.get("isArbitrary") == "yes" and definition == "1":
        definition = None  # "arbitrary" says that it is not the number one, nor comparable with anything else
    return Unit(
        code=element.attrib["Code"],
        name=_name(element),
        metric=element.attrib["isMetric"] == "yes",
        value=Decimal(stated.attrib["value"]),
        definition=definition,
        special=function is not None,
    )


def _all(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return root.iter(_SPACE + name)


def _child(element: ET.Element, name: str) -> ET.Element:
    found = element.find(_SPACE + name)
    if found is None:
        raise ValueError(f"the UCUM essence has no {name} in {element.attrib['Code']}")
    return found


def _name(element: ET.Element) -> str:
    return " ".join("".join(_child(element, "name").itertext()).split())
