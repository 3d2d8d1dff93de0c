"""Short ways to ask for verdicts and to compare them, for the tests of this folder."""

from __future__ import annotations

from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.language import Languages
from terminology.model.requests import RequestContext, ValidateCodeRequest, VersionRules
from valuesets.validate import validate_code


def verdict(catalogue, value_set, *codings, form="coding", languages="", accept="", text=None, rules=None, **wishes):
    """The verdict on codings, in a value set or (None) in their code systems."""
    request = ValidateCodeRequest(
        form=form,
        concept=CodeableConcept(codings, text),
        value_set=value_set,
        display_language=Languages.parse(languages),
        versions=VersionRules(**{k: tuple(map(Canonical.parse, v)) for k, v in (rules or {}).items()}),
        **wishes,
    )
    return validate_code(catalogue, request, RequestContext(accept_language=Languages.parse(accept)))


def coding(system, code, display=None, *, version=None):
    return Coding(system, code, version, display)


def said(result):
    """Issues as (severity, detail, expression, message id), in order."""
    return [(i.severity, i.detail, "".join(i.expression), i.message_id) for i in result.issues]


def ids(result):
    return sorted(i.message_id for i in result.issues)


def texts(result):
    return {i.message_id: i.text for i in result.issues}
