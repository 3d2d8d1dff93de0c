"""What an answer depends on beside the question itself: found out once a request, for whoever keeps answers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from terminology.http.wsgi import ENDPOINTS
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES

Environ = dict[str, Any]

READ = (
    "REQUEST_METHOD", "PATH_INFO", "HTTP_HOST", "wsgi.url_scheme", "SCRIPT_NAME", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING", "HTTP_PREFER", "CONTENT_TYPE",
)  # fmt: skip
"""What an answer depends on; what proxies say of the address is in it already (`forwarded`)."""
PERSONAL = (
    "HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_X_CACHE_ID", "HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_EXIST", "HTTP_CONTENT_ENCODING",
)  # fmt: skip
"""With one of these a request goes the whole way: it says who asks, or is about one exchange."""
LOOKED_AT = (*READ, *PERSONAL)
IMPERSONAL = (None,) * len(PERSONAL)
REMEMBERING = frozenset(f"${name}" for row in OPERATIONS if row.affects_state for name in (row.name, *row.aliases))
"""Last parts of the paths of operations that must be carried out each time."""
FOUND = "terminology.circumstances"


class Circumstances(NamedTuple):
    """The generation of the database, the day (which version is in effect), and the headers that are read."""

    generation: int
    day: int
    headers: tuple[str | None, ...]

    @property
    def personal(self) -> bool:
        """Whether anybody else might get another answer."""
        return self.headers[-len(PERSONAL) :] != IMPERSONAL


def circumstances(terminology: Terminology, environ: Environ) -> Circumstances | None:
    """Those of a request whose path is one of resources and operations that only read; else None."""
    found: Circumstances | None
    if FOUND in environ:
        found = environ[FOUND]
        return found
    found = environ[FOUND] = _of(terminology, environ) if _only_reads(environ.get("PATH_INFO", "")) else None
    return found


def _of(terminology: Terminology, environ: Environ) -> Circumstances | None:
    try:
        generation = terminology.store.generation()
    except TerminologyError:  # the way without anything kept says what is wrong
        return None
    return Circumstances(generation, terminology.clock().toordinal(), tuple(map(environ.get, LOOKED_AT)))


@lru_cache(maxsize=1024)
def _only_reads(path: str) -> bool:
    parts = path.split("/", 3)
    _, endpoint, type_, *_ = (*parts, "", "", "")
    return endpoint in ENDPOINTS and type_ in RESOURCE_TYPES and parts[-1].strip("/") not in REMEMBERING
