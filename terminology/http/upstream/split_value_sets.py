"""Answers questions about a value set whose systems are partly here and partly upstream.

`$expand`: each part over a system that is not here is expanded upstream, and everything is combined here.
`$validate-code`: each code is validated where its system is, against the parts over that system. `forwarding` decides
whom to ask, and whether the caller may; `value_set_parts` splits and combines value sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus

from terminology.fhir import elements
from terminology.fhir.json import Json
from terminology.http import operate
from terminology.http.exchange import Answer, Request
from terminology.http.upstream import questions, reading, value_set_parts
from terminology.http.upstream.remote import Question, Reply, Unanswered
from terminology.library import Terminology
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.operations import expand
from terminology.operations.operation import Operation
from valuesets.plan import usable

Ask = Callable[[Question, Iterable[str]], Reply]
"""Asks the upstream server a question that contains these texts. Raises Unanswered."""
AT_ONCE = 4
CODES = frozenset({"code", "system", "systemVersion", "display", "coding", "codeableConcept", "inferSystem"})
"""Parameters that identify the code."""


@dataclass(frozen=True, slots=True)
class SplitValueSet:
    """One such question; `definitions` are those of the value set and of all it refers to."""

    terminology: Terminology
    request: Request
    operation: Operation
    catalogue: Catalogue
    definitions: Sequence[Json]
    concept: CodeableConcept | None
    ask: Ask

    @classmethod
    def of(
        cls, terminology: Terminology, request: Request, operation: Operation, instance: Canonical | None, ask: Ask
    ) -> SplitValueSet | None:
        """The question of a request; None if all systems of its value set are on one side."""
        if operation.title not in questions.ON_VALUE_SETS:
            return None
        inputs, context = operate.read(terminology, request, operation, instance)
        asked, catalogue = operation.request(inputs), terminology.catalogue(context)
        own, _ = questions.definitions(catalogue, asked.value_set, request)
        definitions = [p["resource"] for p in own if "resource" in p]
        concept = None if operation is expand.OPERATION else asked.concept
        found = cls(terminology, request, operation, catalogue, definitions, concept, ask)
        if not value_set_parts.is_mixed(definitions, found.is_here):
            return None
        return found if concept is None or all(c.system and c.code for c in concept.codings) else None

    def answer(self) -> Answer:
        """The answer. Raises Unanswered, and TerminologyError as the operation does."""
        if self.concept is None:
            return self._expanded()
        if len(self.concept.codings) == 1:
            return self._validated(self.concept.codings[0])
        verdicts = [self._validated(coding).resource for coding in self.concept.codings]
        if any(reading.lacks(verdict) for verdict in verdicts):
            raise Unanswered("it does not know all systems of the concept", outage=False)
        given: Json = {"coding": [elements.render_coding(coding) for coding in self.concept.codings]}
        if self.concept.text is not None:
            given["text"] = self.concept.text
        return Answer(value_set_parts.combined(verdicts, given))

    def is_here(self, system: str) -> bool:
        """Whether this server can answer about a system; one that is withheld from the caller counts as here."""
        try:
            found = self.catalogue.code_system(Canonical(system))
        except TerminologyError:
            return True
        return found is not None and usable(found)

    def _expanded(self) -> Answer:
        asked = value_set_parts.elsewhere(self.definitions, self.is_here)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = dict(zip(asked, threads.map(self._entries, asked.values()), strict=True))
        listed, systems = value_set_parts.together(self.definitions, found)
        answer = self._here(listed, systems)
        if "compose" in answer.resource:
            answer.resource["compose"] = self.definitions[0]["compose"]
        return answer

    def _entries(self, part: Json) -> list[Json]:
        question = questions.part(self.request, part)
        reply = self.ask(question, reading.strings(part))
        if reply.status != HTTPStatus.OK:
            text = reading.first_text(reply.resource)
            raise Unanswered(f"it refused a part of the value set: {text}", outage=False)
        return value_set_parts.entries(reply.resource)

    def _validated(self, coding: Coding) -> Answer:
        """The verdict on one code."""
        system, version = str(coding.system), coding.version
        mine = self.catalogue.canonical_of(system)
        definitions = value_set_parts.about(self.definitions, lambda name: self.catalogue.canonical_of(name) == mine)
        if self.catalogue.code_system(Canonical(system, version)) is not None and self.is_here(system):
            none = {"system": system, "filter": [value_set_parts.NOTHING]}
            return self._here(definitions or [{**self.definitions[0], "compose": {"include": [none]}}], (), coding)
        if not definitions:
            raise Unanswered(f"no part of the value set is over {system}", outage=False)
        own, dropped = self._own(definitions, (), coding)
        question, texts = questions.question(self.request, self.operation, own, dropped)
        reply = self.ask(question, texts)
        if reply.status != HTTPStatus.OK:
            raise Unanswered(f"it refused: {reading.first_text(reply.resource)}", outage=False)
        return Answer(reply.resource)

    def _here(self, definitions: Sequence[Json], systems: Sequence[Json], coding: Coding | None = None) -> Answer:
        own, dropped = self._own(definitions, systems, coding)
        request = questions.with_own(self.request, self.operation, own, dropped)
        return operate.answer(self.terminology, request, self.operation)

    def _own(
        self, definitions: Sequence[Json], systems: Sequence[Json], coding: Coding | None
    ) -> tuple[list[Json], frozenset[str]]:
        """Parameters that replace the dropped ones; a single code stays as it was sent."""
        names = ["valueSet", *(questions.TX_RESOURCE for _ in (*definitions[1:], *systems))]
        own = [{"name": n, "resource": r} for n, r in zip(names, (*definitions, *systems), strict=True)]
        if coding is None or self.concept is None or len(self.concept.codings) == 1:
            return own, questions.NAMING
        return [*own, {"name": "coding", "valueCoding": elements.render_coding(coding)}], questions.NAMING | CODES
