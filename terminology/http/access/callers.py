"""Callers, and what scopes permit (SMART App Launch 2.2, "Scopes for requesting FHIR resources").

`system/CodeSystem.cud`, `system/*.cruds`, and the older `system/CodeSystem.write`, `system/*.*`. Scopes of another form
permit nothing by themselves: they are entitlements, such as licences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

Action = Literal["c", "r", "u", "d", "s"]
"""Create, read (with vread and history), update (with patch), delete, search (with operations)."""

RESOURCE_PREFIX = ("system/", "user/")
RESOURCE_SCOPE = re.compile(r"(?:system|user)/(?P<type>[A-Z][A-Za-z]*|\*)\.(?P<may>read|write|\*|c?r?u?d?s?)")
OLDER: Mapping[str, str] = MappingProxyType({"read": "rs", "write": "cud", "*": "cruds"})
EVERY_TYPE = "*"


@dataclass(frozen=True)
class Caller:
    """A caller with scopes; `name` is for logs, `kind` says how the caller was recognised.

    `subject` is the user a client acts for, according to its token. An application around the server that knows its
    callers itself gives them the kind `application`.
    """

    name: str | None = None
    kind: Literal["anonymous", "key", "token", "application"] = "anonymous"
    scopes: frozenset[str] = frozenset()
    subject: str | None = None

    @cached_property
    def permissions(self) -> Mapping[str, frozenset[str]]:
        """Permitted actions by resource type (`*`: all types)."""
        return permissions(self.scopes)

    @cached_property
    def entitlements(self) -> frozenset[str]:
        """Scopes that are not permissions: the licences that the caller holds."""
        return frozenset(scope for scope in self.scopes if not scope.startswith(RESOURCE_PREFIX))

    def may(self, action: Action, type_: str | None) -> bool:
        """Whether the scopes permit an action on a resource type, or (None) on any."""
        if type_ is None:
            return any(action in actions for actions in self.permissions.values())
        return any(action in self.permissions.get(name, ()) for name in (type_, EVERY_TYPE))

    @property
    def identity(self) -> str:
        """The identity of a caller; '' for anonymous ones."""
        said = (self.kind, self.name or "", *(() if self.subject is None else (self.subject,)))
        return ":".join(quote(part, safe="") for part in said) if self.is_known else ""

    @property
    def is_known(self) -> bool:
        """Whether the caller is identified."""
        return self.kind != "anonymous"


ANONYMOUS = Caller()


def permissions(scopes: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """What scopes permit: actions by resource type."""
    found: dict[str, frozenset[str]] = {}
    for scope in scopes:
        if (match := RESOURCE_SCOPE.fullmatch(scope)) is not None:
            may = OLDER.get(match["may"], match["may"])
            found[match["type"]] = found.get(match["type"], frozenset()) | frozenset(may)
    return MappingProxyType(found)
