"""Leases: which process is filling a hidden version, and until when.

Hidden versions and spilled parts have an owner and an expiry time; expired ones are considered abandoned. Each write of
an owner renews all of its leases.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from terminology.store.database import Database

Clock = Callable[[], float]
"""Seconds since 1970."""


def _token() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex}"


@dataclass(slots=True, kw_only=True)
class Leases:
    """The leases of one opened store. `duration` and `grace` are seconds.

    `grace` is how long rows are kept after they became invisible, for requests that still read them.
    """

    clock: Clock
    duration: float = 600.0
    grace: float = 900.0
    owner: str = field(default_factory=_token)
    spilled: dict[int, int] = field(default_factory=dict)
    """By the key of a part that is not visible yet: the database's `breaks` when it was begun."""
    _renewed: float = 0.0

    def expiry(self) -> float:
        """When a lease that is taken now expires."""
        return self.clock() + self.duration

    def farewell(self) -> float:
        """When something that becomes invisible now may be collected."""
        return self.clock() + self.grace

    def renew(self, database: Database) -> None:
        """Prolong all leases of this owner, if one of them needs it. Call inside a transaction."""
        now = self.clock()
        if now - self._renewed < self.duration / 4:
            return
        values = (now + self.duration, self.owner)
        database.execute("UPDATE code_system_version SET expires = ? WHERE owner = ? AND state = 'loading'", values)
        database.execute("UPDATE part SET expires = ? WHERE owner = ? AND state = 'spilled'", values)
        self._renewed = now
