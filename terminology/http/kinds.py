"""Kinds of questions: splits a question into what it has in common with others (its kind), and its varying values.

Whatever its own operation does not name as varying belongs to the kind of a question, in the order in which it was
given. Nothing is understood of it here: what a question of a kind means is found out once, the usual way (`prepared`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from terminology.fhir.json import Json, dumps
from terminology.http import client_caches
from terminology.http.cache_context import Kind
from terminology.http.negotiation import names_json
from terminology.http.wsgi import ENDPOINTS, decoded, query_of, text_of
from terminology.model.remembering import remembering
from terminology.operations import supplied
from terminology.operations.operation import OF_CODINGS, Operation, Preparation, numbered
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES, find

LENGTH = 4
"""Parts of a path such as /r4/CodeSystem/$lookup; one that names a resource has one more."""
UUID = "uuid"
APART = (UUID, client_caches.PARAMETER)
"""Parameters that clients make up: one without effect, and one by which they mean what they left here before."""
MEANT = frozenset({"_format", "_pretty", *(p.name for row in OPERATIONS for p in row.parameters if p.name[0] == "_")})
"""Parameters of calls that have an effect though their names begin with `_`."""
MADE_UP = re.compile(
    rf"(?<![^&])(?!(?:{'|'.join(map(re.escape, sorted(MEANT)))})(?![^=&]))_[\w.-]*(?:=[^&]*)?(?![^&])", re.ASCII
)
"""Matches other such parameters in a query: clients send them, with ever new values, to get around caches."""
FOUND_BY = frozenset({"_id", "url", "system"})
"""Parameters of searches that are found in an index, so that they are answered at once."""
SOUGHT = (*sorted(FOUND_BY), "version")
"""Parameters that vary among such searches."""
RESOURCES = "tx-resource"
STATED = frozenset({"system", "version", "userSelected"})
"""What a Coding may say beside what varies; with more, it goes the usual way."""
TEXT, NUMBER, END = object(), object(), object()
"""In a kind: a text or a number that varies, and the end of a coding."""
NOTHING: Mapping[str, str] = MappingProxyType({})


class Question(NamedTuple):
    """The kind of a question, and the names and values of its varying parameters, in the order of the request."""

    kind: Kind
    names: Sequence[str]
    values: Sequence[str]

    @property
    def cache_id(self) -> str | None:
        """The cache id by which it refers to resources that were stored before, or None."""
        names = self.names
        return self.values[names.index(client_caches.PARAMETER)] if client_caches.PARAMETER in names else None


@remembering(1024)
def operation_at(path: str) -> Operation | None:
    """The operation that a path calls on a type or a resource, if it has a preparation; else None."""
    parts = path.split("/")
    if len(parts) not in {LENGTH, LENGTH + 1} or parts[0] or parts[1] not in ENDPOINTS or not parts[-1].startswith("$"):
        return None
    operation = find(parts[2], parts[-1][1:])
    if operation is None or operation.preparation is None:
        return None
    return operation if len(parts) == LENGTH or (parts[3] and operation.on_instance) else None


@remembering(1024)
def searches(path: str) -> bool:
    """Whether a path is that of a resource type, which is searched there."""
    parts = path.split("/")
    return len(parts) == LENGTH - 1 and not parts[0] and parts[1] in ENDPOINTS and parts[2] in RESOURCE_TYPES


def preparation_at(path: str) -> Preparation:
    """The preparation of the operation at a path, which must have one."""
    operation = operation_at(path)
    assert operation is not None
    assert operation.preparation is not None
    return operation.preparation


@remembering(256)
def says_nothing(query: str) -> bool:
    """Whether a query beside a body has no effect on a client that gets JSON without it.

    HAPI's clients state the format there, and others make parameters up.
    """
    return all(
        names_json(value) if name == "_format" else name.startswith("_") and name not in MEANT
        for name, value in query_of(text_of(query))
    )


@lru_cache(maxsize=1024)
def _splitter(path: str, subject: str | None = None) -> Callable[[str], list[str]]:
    """Splits a query into text, name, value, text, name, value, … text, by its varying parameters and a `subject`."""
    varying = SOUGHT if searches(path) else (*preparation_at(path).varying, *APART)
    names = "|".join(map(re.escape, (*varying, subject) if subject else varying))
    return re.compile(rf"(?<![^&])({names})=([^&]*)").split


def family_in_query(context: Hashable, path: str, query: str) -> Question | None:
    """The question in a query as one of a family, whose kinds differ in the subject alone: it varies, too.

    None if it has no subject, or one of its parameters twice, or means what a client left here before.
    """
    subject = preparation_at(path).subject
    return None if subject is None else _in_family(subject, in_query(context, path, query, subject=subject))


def family_in_body(context: Hashable, path: str, resource: Json) -> Question | None:
    """The same of the question in a body."""
    subject = preparation_at(path).subject
    return None if subject is None else _in_family(subject, in_body(context, path, resource, subject=subject))


def _in_family(subject: str, question: Question | None) -> Question | None:
    if question is None or subject not in question.names or len({*question.names}) < len(question.names):
        return None
    return None if question.cache_id else question


def in_query(
    context: Hashable, path: str, query: str, *, calls: bool = True, subject: str | None = None
) -> Question | None:
    """The question in a query, of a call or a search; None if a value is empty or has blanks at its ends.

    A `subject` is a parameter that varies as well.
    """
    if calls and (query.startswith("_") or "&_" in query):
        query = MADE_UP.sub("", query)
    parts = _splitter(path, subject)(text_of(query))
    names, values = parts[1::3], parts[2::3]
    for place, value in enumerate(values):
        if not value.isalnum():
            plain = values[place] = decoded(value)
            if not plain or plain != plain.strip():
                return None
    return Question((context, path, *parts[::3], *names), names, values)


def in_search(context: Hashable, path: str, query: str) -> Question | None:
    """The question of a search; None unless it is for a canonical or an id, without blanks at its ends."""
    question = in_query(context, path, query, calls=False)
    return None if question is None or FOUND_BY.isdisjoint(question.names) else question


def in_pairs(context: Hashable, path: str, pairs: Iterable[tuple[str, str]]) -> Question | None:
    """The question in the decoded pairs of a query."""
    given = [{"name": name, "": value} for name, value in pairs if not name.startswith("_") or name in MEANT]
    return _in_parameters(context, path, given)


def in_body(context: Hashable, path: str, resource: Json, *, subject: str | None = None) -> Question | None:
    """The question in a body; None unless it is a Parameters resource that can be split.

    A `subject` is a parameter that varies as well.
    """
    parameters = resource.get("parameter")
    if resource.get("resourceType") != "Parameters" or type(parameters) is not list:
        return None
    return _in_parameters(context, path, parameters, subject)


class Alike:
    """Reads questions in bodies that have other parameters first, and the same ones behind these."""

    def __init__(self, context: Hashable, path: str, shared: Iterable[Any]) -> None:
        self._start = context, path
        self._preparation = preparation_at(path)
        self._shared = _InBody(self._preparation, None)
        self._unlike = False
        try:
            for parameter in shared:
                self._shared.add(parameter)
        except _Unlike:
            self._unlike = True

    def question(self, own: Iterable[Any]) -> Question | None:
        """The question with these parameters of its own; None if it cannot be split."""
        if self._unlike:
            return None
        reading = _InBody(self._preparation, None, *self._start)
        try:
            for parameter in own:
                reading.add(parameter)
            reading.join(self._shared)
            return reading.question()
        except _Unlike:
            return None


def _in_parameters(
    context: Hashable, path: str, parameters: Iterable[Any], subject: str | None = None
) -> Question | None:
    reading = _InBody(preparation_at(path), subject, context, path)
    try:
        for parameter in parameters:
            reading.add(parameter)
        return reading.question()
    except _Unlike:
        return None


class _Unlike(Exception):  # noqa: N818 - nothing is wrong with it
    """A question that cannot be split into kind and values."""


class _InBody:
    """Reads a question, parameter by parameter."""

    __slots__ = ("_codings", "_leaves", "_most", "_names", "_pieces", "_values", "_varying")

    def __init__(self, preparation: Preparation, subject: str | None, *context: Hashable) -> None:
        self._varying, self._codings = preparation.varying, preparation.codings
        if subject is not None:
            self._varying = (*self._varying, subject)
        self._most = preparation.most_codings
        self._pieces = [*context]
        self._names: list[str] = []
        self._values: list[str] = []
        self._leaves = False

    def question(self) -> Question:
        """The whole question. Raises _Unlike if it stores resources, which must be done each time."""
        if self._leaves and client_caches.PARAMETER in self._names:
            raise _Unlike
        return Question((*self._pieces, *self._names), self._names, self._values)

    def join(self, others: _InBody) -> None:
        """Add parameters that were read already."""
        self._pieces += others._pieces
        self._names += others._names
        self._values += others._values
        self._leaves |= others._leaves

    def add(self, parameter: Any) -> None:
        """Add a parameter. Raises _Unlike."""
        if type(parameter) is not dict or len(parameter) != 2:
            raise _Unlike
        (first, name), (member, value) = parameter.items()
        if first != "name":
            first, name, member, value = member, value, first, name
        if first != "name" or type(name) is not str:
            raise _Unlike
        self._pieces += name, member
        if name in self._varying or name in APART:
            self._vary(name, value)
        elif type(value) is str:
            self._pieces.append(value)
        elif member == "resource":
            self._bring(name, value)
        elif type(value) is dict:
            self._code(value, self._codings.get(name, NOTHING))
        else:
            self._state(value)

    def _bring(self, name: str, value: Any) -> None:
        """Add a supplied resource: by its digest, it belongs to the kind."""
        self._leaves |= name == RESOURCES
        self._pieces.append(supplied.digest_of(dumps(value)))

    def _code(self, value: Json, places: Mapping[str, str]) -> None:
        """Add a Coding, or a CodeableConcept with some; `places` maps its varying members to parameter names."""
        for member, inner in value.items():
            self._pieces.append(member)
            if member in places:
                self._vary(places[member], inner)
            elif member in STATED:
                self._state(inner)
            elif member == "coding" and type(inner) is list and 0 < len(inner) <= self._most:
                self._concept(inner, places)
            else:
                raise _Unlike
        self._pieces.append(END)

    def _concept(self, codings: Sequence[Any], places: Mapping[str, str]) -> None:
        """Add the codings of a CodeableConcept; names of what varies in all but the first are numbered."""
        for number, coding in enumerate(codings):
            if type(coding) is not dict:
                raise _Unlike
            named = places
            if number:
                named = {member: numbered(member, number) for member in OF_CODINGS}
            self._code(coding, named)

    def _vary(self, name: str, value: Any) -> None:
        if type(value) is int:
            value = str(value)
            self._pieces.append(NUMBER)
        elif type(value) is str and value and value == value.strip():
            self._pieces.append(TEXT)
        else:
            raise _Unlike
        self._names.append(name)
        self._values.append(value)

    def _state(self, value: Any) -> None:
        if type(value) is str:
            self._pieces.append(value)
        elif type(value) is bool or type(value) is int:
            self._pieces.append((type(value), value))
        else:
            raise _Unlike
