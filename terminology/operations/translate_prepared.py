"""Translations that differ in one code alone: maps and mappings are found once, and answers are filled in.

Where nothing but the mappings of a code matters, these are answered as they are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from terminology.model.coding import Coding
from terminology.model.conceptmap import ConceptMap, Mapped, Sides
from terminology.model.protocols import Catalogue
from terminology.model.remembering import Memo
from terminology.model.requests import RequestContext, TranslateRequest
from terminology.operations.operation import Prepared
from terminology.operations.templates import Render
from terminology.operations.translate_found import (
    Found,
    Translator,
    distinct,
    leads_to_codes,
    unmapped_mapping,
)
from terminology.operations.translate_result import message, result
from terminology.operations.translate_written import KEPT_BYTES, Answers
from terminology.settings import Settings
from valuesets.expand import Limits

CODES = ("code", "sourceCode", "targetCode")
CODED: Mapping[str, str] = MappingProxyType(
    {
        "coding": "code", "codeableConcept": "code",
        "sourceCoding": "sourceCode", "sourceCodeableConcept": "sourceCode",
        "targetCoding": "targetCode", "targetCodeableConcept": "targetCode",
    }
)  # fmt: skip
"""Where a code may be that is translated, and which of these it is there."""
GROUPS = 1024
"""Groups of which is remembered whether they are within the scopes."""


def prepare(
    catalogue: Catalogue, asked: TranslateRequest, context: RequestContext, settings: Settings, render: Render
) -> Prepared | None:
    """What does not depend on the code is found out once. None where a map, and value sets, may lead to many others."""
    (coding,) = asked.concept.codings
    translator = Translator(catalogue, asked, replace(context, deadline=None), Limits(settings.max_expansion))
    map_ = translator.map
    reading = _Plainly(translator, coding) if _is_plain(translator, coding) else None
    leads_on = map_ is not None and _leads_on(map_)
    if leads_on and reading is None:
        return None
    answers = Answers(asked, result(asked, map_, Found(())), render)

    def answer(*codes: str | None) -> bytes | None:
        code = next(filter(None, codes), None)
        if code is None:
            return None
        mapped = reading.mapped(code) if reading else None
        if mapped and leads_to_codes(mapped):
            return answers.write(mapped, None, related=True)
        if mapped is not None:
            found = Found(mapped)
        elif leads_on:
            return None
        else:
            found = translator.found((replace(coding, code=code),))
        related = found.related
        silent = related and not found.said
        told = None if silent else message((Coding(coding.system, code),), map_, found)
        return answers.write(found.mapped, told, related=related)

    return Prepared(answer, KEPT_BYTES)


def _leads_on(map_: ConceptMap) -> bool:
    """Whether a map refers to others for codes that it does not mention."""
    return any(group.unmapped is not None and group.unmapped.mode == "other-map" for group in map_.groups)


def _is_plain(translator: Translator, coding: Coding) -> bool:
    """Whether codes of this system are translated by the mappings that name them, without asking for value sets."""
    if translator.asked.depends_on:
        return False
    if any(unmapped.value_set is not None for _, unmapped in translator.unmapped(coding, translator.map)):
        return False
    return not translator.mappings(coding, translator.map).of_value_sets()


class _Plainly:
    """Translates codes of one system by the mappings that name them. Threads may share it."""

    def __init__(self, translator: Translator, coding: Coding) -> None:
        self._asked = translator.asked
        self._mappings = translator.mappings(coding, translator.map)
        self._unmapped = [*translator.unmapped(coding, translator.map)]
        self._scopes = translator.scopes(translator.value_sets())
        self._is_within: Mapping[Sides, bool] | None = None
        if self._asked.source_scope is not None or self._asked.target_scope is not None:
            self._is_within = Memo(lambda sides: self._scopes.are_stated(sides.concept_map), GROUPS)

    def mapped(self, code: str) -> Sequence[Mapped] | None:
        """The mappings of a code that count; None where that depends on value sets, or on another map."""
        within, rest = self._is_within, self._unmapped
        mapped, settled = [], []
        for one in self._mappings.of(code):
            sides, mapping = one
            if mapping.source_code is None or (within is not None and not within[sides]):
                return None
            if mapping.target_code is not None:
                mapped.append(one)
            elif mapping.target_value_set is not None:
                return None
            elif mapping.is_silent:
                continue
            if rest:
                settled.append((sides.source, sides.target))
        for sides, unmapped in rest:
            if (sides.source, sides.target) not in settled:
                if unmapped.mode == "other-map" or (within is not None and not within[sides]):
                    return None
                mapped.append((sides, unmapped_mapping(unmapped, Coding(code=code))))
        return distinct(self._asked, mapped)
