"""The result of `$translate`, of the mappings that count."""

from __future__ import annotations

from collections.abc import Sequence

from terminology.model import messages
from terminology.model.coding import Coding
from terminology.model.conceptmap import ConceptMap
from terminology.model.requests import TranslateRequest
from terminology.model.results import TranslateResult
from terminology.operations.translate_found import Found, match


def result(asked: TranslateRequest, map_: ConceptMap | None, found: Found) -> TranslateResult:
    """All that is told. `map_` is the one that was named."""
    implied = map_ is not None and map_.implied_by is not None
    return TranslateResult(
        result=found.related,
        message=message(asked.concept.codings, map_, found),
        matches=tuple([match(asked, one) for one in found.mapped]),
        used_map=map_.canonical if map_ and implied else None,
        used_system=map_.implied_by if map_ else None,
    )


def message(codings: Sequence[Coding], map_: ConceptMap | None, found: Found) -> str | None:
    """Why there is no translation, if there is none, and what else is to be said."""
    if found.related:
        return " ".join(found.said) or None
    arguments = {
        "codes": ", ".join([f"{coding.system or ''}#{coding.code}" for coding in codings]),
        "map": f" in {map_.canonical}" if map_ else "",
    }
    reason = "TRANSLATION_NOT_RELATED" if found.mapped else "TRANSLATION_NOT_FOUND"
    return " ".join((messages.text(reason, arguments), *found.said))
