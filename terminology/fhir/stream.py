"""Writes one resource as a stream, so that its long lists are never in memory as a whole.

A `Pen` begins with the resource's own members; `open` begins an object in a list of the open object, `close` ends it.
In JSON each object of a list is on a line of its own. The caller provides everything in the release to be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from terminology.fhir import xml
from terminology.fhir.json import Json, dumps
from terminology.model.requests import FhirRelease


class Out(Protocol):
    """A destination of bytes."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


class Pen(Protocol):
    """Writes a resource."""

    def open(self, name: str, members: Json) -> None:
        """Begin an object in the list `name` of the open object; lists of one object may not be mixed."""

    def close(self, after: Json | None = None) -> None:
        """End the open object; `after` are members that come behind its lists."""


@dataclass(slots=True)
class _Open:
    """An open object: whether it has members yet, and the name of the list in it that is being written."""

    members: bool
    list: str | None = None


class JsonPen:
    """See `Pen`."""

    def __init__(self, out: Out, resource: Json) -> None:
        self._out = out
        self._stack: list[_Open] = []
        self._begin(resource)

    def _begin(self, members: Json) -> None:
        self._out.write(dumps(members)[:-1])
        self._stack.append(_Open(bool(members)))

    def open(self, name: str, members: Json) -> None:
        """See `Pen`."""
        top = self._stack[-1]
        if top.list is None:
            self._out.write(b'%s"%s":[\n' % (b"," if top.members else b"", name.encode()))
            top.list = name
        else:
            self._out.write(b",\n")
        self._begin(members)

    def close(self, after: Json | None = None) -> None:
        """See `Pen`."""
        top = self._stack.pop()
        if top.list is not None:
            self._out.write(b"]")
        if after:
            self._out.write((b"," if top.members or top.list else b"") + dumps(after)[1:-1])
        self._out.write(b"}" if self._stack else b"}\n")


class XmlPen:
    """See `Pen`. Resources are written with their namespace, in the order of the release's elements."""

    def __init__(self, out: Out, resource: Json, release: FhirRelease) -> None:
        self._out = out
        self._release: FhirRelease = release
        type_ = str(resource["resourceType"])
        self._stack = [(type_, type_)]
        self._out.write(xml.dumps(resource, release).removesuffix(f"</{type_}>".encode()))

    def open(self, name: str, members: Json) -> None:
        """See `Pen`."""
        kind = self._stack[-1][1]
        inner = (xml.elements(self._release, kind) or {})[name].kind
        text = xml.dumps_member(kind, name, members, self._release)
        empty = text == f"<{name}/>".encode()
        self._out.write(f"<{name}>".encode() if empty else text.removesuffix(f"</{name}>".encode()))
        self._stack.append((name, inner))

    def close(self, after: Json | None = None) -> None:
        """See `Pen`."""
        name, kind = self._stack.pop()
        for member, value in (after or {}).items():
            self._out.write(xml.dumps_member(kind, member, value, self._release))
        self._out.write(f"</{name}>\n".encode())
