"""ICD-11: a loaded linearization, the clusters that its codes make, and the value sets of its axes.

A cluster is stem codes joined by `/`, each with extension codes behind `&`: `2C25.Z&XH74P3/XS1G` is wrong, since an
extension code cannot follow `/`. Its form and its components are checked; whether the axes of a stem code admit an
extension code is not. Clusters cannot be listed, so a linearization is not closed. The foundation has no clusters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from terminology.codesystems.composing import not_compositional
from terminology.codesystems.icd11_codes import CODE, JOINTS, RELEASES, components, is_extension, same
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.concept import Concept
from terminology.model.outcome import Issue
from terminology.model.protocols import Located
from terminology.model.results import Subsumption
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet

_SCALE = re.compile(r"http://id\.who\.int/icd/release/11/(?:[\d-]+/)?(\w+)/([^?#]+)/postcoordinationScale/(\w+)")


class Icd11CodeSystem(StoredCodeSystem):
    """A linearization (MMS, ICF). A `model.protocols.CodeSystem`."""

    @property
    def enumerable(self) -> bool:
        """A whole release has clusters; a fragment lists what it has."""
        return self.metadata.content == "fragment"

    def locate(self, code: str) -> Located | None:
        """A code, or a cluster whose form and components are right."""
        if JOINTS.search(code) is None:
            return super().locate(code)
        if not self.metadata.compositional or next(self._problems(code), None) is not None:
            return None
        parts = components(code)
        known = [located for part in parts if (located := super(Icd11CodeSystem, self).locate(part.code))]
        told = [f"{p.joint} {k.concept.display or p.code}".strip() for p, k in zip(parts, known, strict=True)]
        return Located(
            ordinal=None, concept=Concept(code, " ".join(told)), inactive=any(located.inactive for located in known)
        )

    def explain(self, code: str) -> Issue | None:
        """What is wrong with the form of a code, or with a cluster."""
        if JOINTS.search(code) is not None:
            if not self.metadata.compositional:
                return not_compositional(self.metadata)
            reasons = [issue.text for issue in self._problems(code)]
            return _issue("ICD11_CLUSTER_INVALID", code=code, reasons="; ".join(reasons)) if reasons else None
        return None if CODE.fullmatch(code) else _issue("ICD11_CODE_MALFORMED", code=code)

    def _problems(self, code: str) -> Iterator[Issue]:
        for joint, part, position in components(code):
            arguments = {"component": part, "position": str(position)}
            if not part:
                yield _issue("ICD11_CLUSTER_EMPTY", **arguments)
                continue
            located = super().locate(part)
            if located is None:
                yield _issue("ICD11_COMPONENT_UNKNOWN", **arguments)
            elif located.abstract:
                yield _issue("ICD11_COMPONENT_GROUP", **arguments)
            elif is_extension(part) and joint != "&":
                yield _issue("ICD11_EXTENSION_FIRST", **arguments)
            elif joint == "&" and not is_extension(part):
                yield _issue("ICD11_STEM_AFTER_AMPERSAND", **arguments)

    def subsumes(self, a: str, b: str) -> Subsumption:
        """Codes by the hierarchy; of clusters only those that are the same. Raises TerminologyError not-found."""
        clusters = [code for code in (a, b) if JOINTS.search(code) and self.locate(code) is not None]
        if not clusters:
            return super().subsumes(a, b)
        for code in {a, b} - set(clusters):
            super().subsumes(code, code)
        return "equivalent" if same(a) == same(b) else "not-subsumed"

    def open_to(self, passing: Sequence[Filter]) -> bool:
        """Clusters have no properties and stand nowhere in the hierarchy: they pass where nothing is asked."""
        return not self.enumerable and not passing

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """`…/mms/{id}/postcoordinationScale/{axis}`: what may be added to an entity on one of its axes."""
        found = _SCALE.fullmatch(url)
        if found is None or RELEASES + found[1] != self.metadata.url:
            return None
        wanted, axis = found[2], found[3]
        ordinals = self.with_match("uri", lambda uri: uri.endswith(f"/{wanted}"))
        spanning = [str(p.value) for concept in self.concepts(ordinals) for p in concept.values(axis)]
        if not spanning:
            return None
        return Compose(
            tuple(
                ConceptSet(
                    self.metadata.url,
                    self.metadata.version,
                    filters=(Filter("concept", "is-a", code),),
                    path=f"ValueSet.compose.include[{n}]",
                )
                for n, code in enumerate(spanning)
            )
        )


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("error", "code-invalid", message_id, arguments, "invalid-code")
