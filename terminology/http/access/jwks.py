"""The public keys of an authorization server: read from a URL or a file, cached, and read again for an unknown id.

Keys are rotated without notice, so an unknown id is a reason to read them again, but not at every request.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from terminology.model.outcome import TerminologyError

KEPT_SECONDS = 3600.0
PAUSE_SECONDS = 30.0
"""Between two reads, so that tokens with invented key ids do not make this server ask all the time."""
RETRY_SECONDS = 5.0
"""Between two reads while there are no keys at all."""
TIMEOUT_SECONDS = 5.0


class KeySet:
    """The keys behind an address. Threads share it."""

    def __init__(
        self, address: str, parse: Callable[[bytes], dict[str, Any]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._parse = parse
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, Any] = {}
        """Replaced as a whole, so that finding a key needs no lock, which another thread may hold while it asks the
        issuer."""
        self._looked = -math.inf
        self._reason = ""

    def key(self, id_: str) -> Any | None:
        """The key with this id, or None. Raises TerminologyError unavailable when no keys can be read at all."""
        if self._is_due(id_):
            with self._lock:
                if self._is_due(id_):  # no other thread has read them meanwhile
                    self._look()
        if not self._keys:
            raise TerminologyError.of("unavailable", "JWKS_UNREACHABLE", address=self._address, reason=self._reason)
        return self._keys.get(id_)

    def _is_due(self, id_: str) -> bool:
        keys = self._keys
        pause = KEPT_SECONDS if id_ in keys else PAUSE_SECONDS if keys else RETRY_SECONDS
        return self._clock() - self._looked > pause

    def _look(self) -> None:
        """Read the keys; when that fails, the known ones stay."""
        try:
            self._keys = self._parse(self._read())
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            self._reason = str(error)
        self._looked = self._clock()

    def _read(self) -> bytes:
        if "://" not in self._address:
            return Path(self._address).read_bytes()
        import requests  # noqa: PLC0415 - most servers need it never

        response = requests.get(self._address, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        return response.content
