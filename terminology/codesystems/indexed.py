"""The protocol that filters use for code systems whose concepts have ordinals: sets by property, hierarchy, status.

Every method works on values one at a time ("some value passes"), so that results of a supplement and its base can be
united. `filters` decides which property is meant and how operators combine sets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol, runtime_checkable

from pyroaring import BitMap

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept

Test = Callable[[str], bool]
Texts = Callable[[Concept], Iterable[str]]


@runtime_checkable
class Indexed(Protocol):
    """Sets of ordinals. A code that does not exist has empty sets. Callers must not change what they get."""

    @property
    def metadata(self) -> CodeSystemMetadata:
        """The header, with the definitions of all properties."""

    def code_key(self, code: str) -> str:
        """The form in which codes of this system are equal."""

    def every(self) -> BitMap:
        """All ordinals."""

    def inactive(self) -> BitMap:
        """Ordinals of inactive concepts."""

    def ordinals(self, codes: Iterable[str]) -> dict[str, int]:
        """Ordinals of those codes that exist."""

    def codes(self) -> Sequence[str]:
        """All codes by ordinal."""

    def descendants(self, code: str) -> BitMap:
        """Everything below a code, itself not included."""

    def ancestors(self, code: str) -> BitMap:
        """Everything above a code, itself not included."""

    def children(self, codes: Collection[str]) -> BitMap:
        """The direct children of any of these codes."""

    def parents(self, codes: Collection[str]) -> BitMap:
        """The direct parents of any of these codes."""

    def leaves(self) -> BitMap:
        """Concepts without children."""

    def roots(self) -> BitMap:
        """Concepts without parents."""

    def with_value(self, property_code: str, values: Collection[str]) -> BitMap:
        """Concepts with one of these values (as `model.values.value_key` writes them)."""

    def with_match(self, property_code: str, test: Test) -> BitMap:
        """Concepts with a value whose text passes."""

    def with_property(self, property_code: str) -> BitMap:
        """Concepts with any value."""

    def with_status(self, test: Test) -> BitMap:
        """Concepts whose status passes; those that state none do not."""

    def with_text(self, texts: Texts, test: Test) -> BitMap:
        """Concepts one of whose texts passes: reads every concept, for what no index holds."""
