"""What an operation is: a row of the OPERATIONS table, declared by its parameters and three functions.

Knows no HTTP and no concrete operation. The CapabilityStatement, the OperationDefinitions and the documentation are
made from the parameter tables too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from terminology.fhir.json import Json
from terminology.model.outcome import ErrorKind
from terminology.model.protocols import Catalogue
from terminology.model.requests import RequestContext
from terminology.operations.templates import Render
from terminology.settings import Settings

if TYPE_CHECKING:  # inputs reads by these tables
    from terminology.operations.inputs import Inputs

PRIMITIVE_TYPES = frozenset(
    {"string", "code", "uri", "canonical", "id", "uuid", "boolean", "integer", "date", "dateTime", "decimal"}
)
MANY = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """An `in` parameter as OperationDefinition.parameter declares it; `max` None is `*`.

    `type` is a FHIR type. Any string-like value is accepted for a string-like type, since clients disagree about
    `valueUri`, `valueCanonical` and `valueCode`; a boolean, as its text, only with `or_boolean`. A `raw` resource is
    passed on unparsed, whatever its type.
    """

    name: str
    type: str
    documentation: str
    min: int = 0
    max: int | None = 1
    parts: tuple[Parameter, ...] = ()
    raw: bool = False
    or_boolean: bool = False

    @property
    def primitive(self) -> bool:
        """Whether it can be given in a URL."""
        return self.type in PRIMITIVE_TYPES


class Refused(NamedTuple):
    """What a refused call is told: the kind of the error, and its OperationOutcome as JSON."""

    kind: ErrorKind
    body: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """Answers calls that differ only in the varying parameters.

    `answer` takes the values of these parameters, in order (None for one not given), and returns JSON, or what a call
    is told that fails. It returns None, or raises TerminologyError, where the call must be answered the usual way.
    `weight` is the approximate memory in bytes. `about` does the same for a request that differs from the one that was
    prepared in its `subject` (see Preparation) only, sharing with it what it can.
    """

    answer: Callable[..., bytes | Refused | None]
    weight: int = 2048
    about: Callable[[Any], Prepared | None] | None = None


OF_CODINGS = ("code", "display")
"""Members of codings that vary, in order."""


def numbered(member: str, number: int) -> str:
    """The varying parameter for a member of a further coding: no parameter of a request has such a name."""
    return f"{member}\0{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How calls that differ only in `varying` parameters (codes, say) are answered faster.

    `codings` maps members of parameters that are Codings, or CodeableConcepts with up to `most_codings`, to the varying
    parameters that they stand for. Those of further codings are numbered (`further`), and come after the others.

    `prepare` is given one such call and does everything that does not depend on these parameters. What it returns must
    give exactly the usual answer; None says that such calls cannot be prepared. Calls that differ in their `subject`
    (the value set, say) have preparations of their own, which may come from each other (`Prepared.about`).
    """

    varying: tuple[str, ...]
    subject: str | None = None
    codings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    most_codings: int = 1
    prepare: Callable[[Catalogue, Any, RequestContext, Settings, Render], Prepared | None]

    @property
    def further(self) -> tuple[str, ...]:
        """The varying parameters of all codings but the first."""
        return tuple(numbered(member, n) for n in range(1, self.most_codings) for member in OF_CODINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation on one resource type, or (`resource` None) on the whole system.

    `request` reads inputs, `run` answers, `response` renders the R5 resource of the answer. The library calls the same
    `run`. `definition` is the canonical of its OperationDefinition. `to_r4` renames what R4 names differently in the
    answer; resources inside are converted by `fhir.r4`. An operation that `affects_state` is called by POST only.
    `preparation` is for operations that are called very often.
    """

    name: str
    resource: str | None
    definition: str
    documentation: str
    parameters: tuple[Parameter, ...]
    request: Callable[[Inputs], Any]
    run: Callable[[Catalogue, Any, RequestContext, Settings], Any]
    response: Callable[[Any], Json]
    to_r4: Callable[[Json, Inputs], Json] | None = None
    on_instance: bool = False
    affects_state: bool = False
    aliases: tuple[str, ...] = ()
    preparation: Preparation | None = None
    _by_name: Mapping[str, Parameter] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {parameter.name: parameter for parameter in self.parameters})

    @property
    def title(self) -> str:
        """The usual notation: `ValueSet/$expand`."""
        return f"{self.resource}/${self.name}" if self.resource else f"${self.name}"

    def parameter(self, name: str) -> Parameter | None:
        """A declared parameter."""
        return self._by_name.get(name)
