"""ConceptMap `$translate` (R5, 4.10.15), with the parameter names of R4 and R5, forwards and backwards.

`translate_found` decides which mappings count; this module makes the answer of them.
"""

from __future__ import annotations

from terminology.model.deadline import within
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext, TranslateRequest
from terminology.model.results import TranslateResult
from terminology.operations import common
from terminology.operations.operation import Operation, Preparation
from terminology.operations.translate_found import Translator
from terminology.operations.translate_prepared import CODED, CODES, prepare
from terminology.operations.translate_request import PARAMETERS, request
from terminology.operations.translate_response import response, to_r4
from terminology.operations.translate_result import result
from terminology.settings import Settings
from valuesets.expand import Limits


def run(catalogue: Catalogue, asked: TranslateRequest, context: RequestContext, settings: Settings) -> TranslateResult:
    """Translate every coding of the concept.

    Raises TerminologyError not-found when the map that was asked for is not there, too-costly when the time is up.
    """
    with within(context.deadline, "TRANSLATION_DEADLINE"):
        translator = Translator(catalogue, asked, context, Limits(settings.max_expansion))
        return result(asked, translator.map, translator.found(asked.concept.codings))


OPERATION = Operation(
    name="translate",
    resource="ConceptMap",
    definition=common.SPECIFICATION + "ConceptMap-translate",
    documentation="What a code of one system is in another, by one concept map or all of them.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=response,
    to_r4=to_r4,
    on_instance=True,
    preparation=Preparation(
        varying=CODES, codings={name: {"code": code} for name, code in CODED.items()}, prepare=prepare
    ),
)
