"""ValueSet `$expand` (R5, 4.9.18): its parameters, and the engine behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from time import monotonic
from types import MappingProxyType
from typing import Any

from terminology.codesystems.cpt.system import URL as CPT
from terminology.fhir.expansion import render_expansion
from terminology.model.coding import Canonical
from terminology.model.deadline import within
from terminology.model.protocols import Catalogue
from terminology.model.requests import ElementContext, ExpandRequest, RequestContext
from terminology.model.results import ExpandResult
from terminology.model.valueset import ValueSet
from terminology.operations import bound, common
from terminology.operations.expand_forms import Forms
from terminology.operations.expand_written import Pages
from terminology.operations.inputs import Inputs, wrong_type
from terminology.operations.operation import MANY, Operation, Parameter, Preparation, Prepared
from terminology.operations.templates import Render
from terminology.settings import Settings
from valuesets.expand import DEADLINE, Limits, expand
from valuesets.page import Page
from valuesets.prepared import prepared

LIGHT = 64 * 1024
"""Bytes: larger preparations are kept only by the catalogue, which bounds its memory."""
DIGITS = 10
"""A size with this many digits may exceed FHIR's integer."""

PARAMETERS = (
    Parameter("url", "uri", "The value set, with or without `|version`; also an implicit one."),
    Parameter("valueSet", "ValueSet", "The value set itself."),
    Parameter("valueSetVersion", "string", "Version of the value set."),
    Parameter("version", "string", "As `valueSetVersion`: form renderers write it so."),
    bound.CONTEXT,
    bound.DIRECTION,
    Parameter("filter", "string", "Words, or beginnings of words, of displays and designations; best matches first."),
    common.DATE,
    Parameter("offset", "integer", "How many codes to leave out at the beginning of a page."),
    Parameter("count", "integer", "Most codes in a page; 0 asks for the total only."),
    Parameter("limit", "integer", "Most codes the caller can take: more is too-costly, or the beginning of them."),
    Parameter("_limit", "integer", "As `limit`."),
    Parameter("incomplete-ok", "boolean", "Whether the first codes will do where all are too many."),
    Parameter("includeDesignations", "boolean", "Whether to include designations."),
    Parameter("designation", "string", "Designations to include: a language, or a `system|code` of use.", max=MANY),
    Parameter("includeDefinition", "boolean", "Whether to include the value set's definition."),
    Parameter("activeOnly", "boolean", "Whether to leave inactive codes out."),
    common.SUPPLEMENTS,
    Parameter("excludeNested", "boolean", "Whether to return a flat list, without hierarchy."),
    Parameter("excludeNotForUI", "boolean", "Whether to leave out codes that users cannot choose (abstract ones)."),
    Parameter("excludePostCoordinated", "boolean", "Whether to leave out codes that a grammar makes."),
    common.DISPLAY_LANGUAGE,
    Parameter("property", "string", "A property to return with each code: its code or uri, or `*`.", max=MANY),
    common.ALTERNATE_CODES,
    Parameter("exclude-system", "canonical", "`system|version` whose codes are left out.", max=MANY),
    Parameter("allowMaximumSizeExpansion", "boolean", "Accepted from older tools, without effect."),
    *common.VERSIONS,
    common.MANIFEST,
    *common.SUPPLIED,
)


def _size(inputs: Inputs, *names: str) -> int | None:
    number = inputs.number(*names)
    if number is not None and number < 0:
        raise wrong_type(next(n for n in names if inputs.has(n)), "an integer of 0 or more", number)
    return number


FIELDS: Mapping[str, tuple[str, Callable[[Inputs, str], Any]]] = MappingProxyType(
    {
        "filter": ("filter", Inputs.text),
        "date": ("date", Inputs.text),
        "offset": ("offset", _size),
        "count": ("count", _size),
        "limit": ("limit", _size),
        "_limit": ("limit", lambda inputs, name: _size(inputs, "limit", name)),
        "includeDesignations": ("include_designations", Inputs.flag),
        "designation": ("designations", Inputs.values),
        "includeDefinition": ("include_definition", Inputs.flag),
        "activeOnly": ("active_only", Inputs.flag),
        "excludeNested": ("exclude_nested", Inputs.flag),
        "excludeNotForUI": ("exclude_not_for_ui", Inputs.flag),
        "excludePostCoordinated": ("exclude_post_coordinated", Inputs.flag),
        "incomplete-ok": ("incomplete_ok", Inputs.flag),
        "displayLanguage": ("display_language", Inputs.languages),
        "property": ("properties", Inputs.values),
        "includeAlternateCodes": ("alternate_codes", common.alternate_codes),
        "exclude-system": ("exclude_systems", Inputs.canonicals),
        "useSupplement": ("use_supplements", Inputs.canonicals),
    }
)
"""Parameters that map to one field of the request, and how each is read."""


def request(inputs: Inputs) -> ExpandRequest:
    """Read the parameters. Raises TerminologyError invalid for contradictions and negative sizes."""
    asked = {field: read(inputs, name) for name in inputs.names if name in FIELDS for field, read in (FIELDS[name],)}
    return ExpandRequest(value_set=value_set(inputs), versions=common.version_rules(inputs), **asked)


def value_set(inputs: Inputs) -> ValueSet | Canonical | ElementContext:
    """The value set of a call: supplied, named, or that of the instance. Raises TerminologyError invalid."""
    found = optional_value_set(inputs)
    if found is None:
        common.one_of(inputs, "url", "valueSet", "context")
        raise AssertionError("one_of raises when neither is given")  # pragma: no cover
    return found


def optional_value_set(inputs: Inputs) -> ValueSet | Canonical | ElementContext | None:
    """Like `value_set`, or None where the call has none."""
    inputs.at_most_one("url", "valueSet")
    supplied: ValueSet | None = inputs.value("valueSet")
    found = supplied or common.about(inputs, "url", "valueSetVersion", "version")
    return found or bound.context(inputs)


@lru_cache(maxsize=16)
def _limits(most: int, most_of_cpt: int) -> Limits:
    return Limits(max_codes=most, licensed={CPT: most_of_cpt})


def run(catalogue: Catalogue, asked: ExpandRequest, context: RequestContext, settings: Settings) -> ExpandResult:
    """Expand. Raises TerminologyError not-found, too-costly, or what is wrong with the value set."""
    limits = _limits(settings.max_expansion, settings.cpt_max_expansion)
    if isinstance(asked.value_set, ElementContext):
        asked = replace(asked, value_set=bound.value_set(catalogue, asked.value_set))
    return expand(catalogue, asked, context, limits)


class _Expansions:
    """Expansions that are asked for alike and differ in their value sets, with all their pages."""

    def __init__(self, catalogue: Catalogue, context: RequestContext, forms: Forms) -> None:
        self._catalogue = catalogue
        self._context = context
        self._forms = forms
        self._seconds = None if context.deadline is None else context.deadline - monotonic()

    def about(self, asked: ExpandRequest) -> Prepared | None:
        """Select the codes, and everything that pages have in common; each page is made from that."""
        if isinstance(asked.value_set, ElementContext):
            return None
        seconds = self._seconds
        with within(None if seconds is None else monotonic() + seconds, DEADLINE):
            made = prepared(self._catalogue, asked, self._context)
        if made.weight > LIGHT:
            return None
        pages, limit = Pages(made, self._forms), asked.limit

        def page(text: str | None, offset: str | None, count: str | None) -> bytes | None:
            for size in (offset, count):
                if size is not None and not (size.isascii() and size.isdecimal() and len(size) < DIGITS):
                    return None
            wanted = Page(text, None if offset is None else int(offset), None if count is None else int(count), limit)
            with within(None if seconds is None else monotonic() + seconds, DEADLINE):
                return pages.page(wanted)

        return Prepared(page, pages.weight, self.about)


def prepare(
    catalogue: Catalogue, asked: ExpandRequest, context: RequestContext, settings: Settings, render: Render
) -> Prepared | None:
    """See `_Expansions`."""
    forms = Forms(_limits(settings.max_expansion, settings.cpt_max_expansion), render)
    return _Expansions(catalogue, context, forms).about(asked)


OPERATION = Operation(
    name="expand",
    resource="ValueSet",
    definition=common.SPECIFICATION + "ValueSet-expand",
    documentation="The codes of a value set, filtered and paged.",
    parameters=PARAMETERS,
    request=request,
    run=run,
    response=render_expansion,
    on_instance=True,
    preparation=Preparation(varying=("filter", "offset", "count"), subject="url", prepare=prepare),
)
