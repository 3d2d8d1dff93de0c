"""Jobs: queued, claimed by one process, renewed while they run, kept for some time after they end.

Any process that opens the database can queue, claim, watch and cancel jobs. They are not published. They are read from
the primary, since a lagging replica would report an old state.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from terminology.store.database import Database, Row
from terminology.store.leases import Clock
from terminology.store.rolling import NUMBER

State = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]
OVER: tuple[State, ...] = ("done", "failed", "cancelled")

LEASE_SECONDS = 30.0
"""A running job says more often than that that it is alive."""
MOST_ATTEMPTS = 3
"""How often a job is begun whose process goes away without a word."""
KEPT_SECONDS = 7 * 24 * 3600.0
"""How long what came of a job can be asked for."""

COLUMNS = "id, kind, state, machine, requester, created, ended, attempts, stage, done, total, input, result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. Times are seconds since 1970; `input` and `result` are JSON of whoever queued it."""

    id: str
    kind: str
    state: State
    machine: str
    requester: str
    created: float
    ended: float | None
    attempts: int
    stage: str
    done: int
    total: int | None
    input: bytes
    result: bytes | None


class Jobs:
    """The jobs of one database."""

    def __init__(self, database: Database, clock: Clock, schema: int) -> None:
        """`schema` is the newest schema that this program knows."""
        self._database = database
        self._clock = clock
        self._schema = schema

    def add(self, kind: str, input_: bytes, *, requester: str = "", machine: str = "") -> Job:
        """Queue a job. Deletes jobs that ended long ago."""
        now, id_ = self._clock(), uuid.uuid4().hex
        with self._database.transaction(durable=True):
            self._database.execute("DELETE FROM job WHERE ended < ?", (now - KEPT_SECONDS,))
            columns = ("id", "kind", "state", "machine", "requester", "created", "input")
            self._database.insert("job", columns, [(id_, kind, "queued", machine, requester, now, input_)])
        found = self.get(id_)
        assert found is not None
        return found

    def get(self, id_: str) -> Job | None:
        """One job; None if there is none of this id."""
        with self._database.writing():
            row = self._database.first(f"SELECT {COLUMNS} FROM job WHERE id = ?", (id_,))  # noqa: S608 - names of our own
        return _job(row) if row else None

    def all(self) -> list[Job]:
        """All jobs that are kept, newest first."""
        sql = f"SELECT {COLUMNS} FROM job ORDER BY created DESC, id"  # noqa: S608 - names of our own
        with self._database.writing():
            return [_job(row) for row in self._database.select(sql)]

    def counts(self) -> dict[tuple[str, str], int]:
        """The number of stored jobs by (kind, state). Read from a replica, which may lag behind."""
        rows = self._database.select("SELECT kind, state, count(*) FROM job GROUP BY kind, state")
        return {(kind, state): count for kind, state, count in rows}

    def claim(self, machine: str) -> Job | None:
        """Take the oldest queued job that can be run here: exactly one process gets it."""
        with self._database.writing():
            return self._claim(machine)

    def _claim(self, machine: str) -> Job | None:
        now = self._clock()
        self._give_up(now)
        sql = "SELECT id FROM job WHERE state = 'queued' AND machine IN ('', ?) ORDER BY created, id"
        for (id_,) in self._database.select(sql, (machine,)):
            with self._database.transaction():
                claimed = self._database.execute(
                    "UPDATE job SET state = 'running', attempts = attempts + 1, expires = ?"
                    " WHERE id = ? AND state = 'queued'",
                    (now + LEASE_SECONDS, id_),
                )
            if claimed:
                return self.get(id_)
        return None

    def waiting(self, machine: str) -> bool:
        """Whether there may be something to claim: one statement, and nothing is written.

        False if the database has a newer schema than this program, whose processes could not run a job.
        """
        with self._database.writing():
            row = self._database.first(
                "SELECT 1 FROM job WHERE ((state = 'queued' AND machine IN ('', ?))"  # noqa: S608 - names of our own
                f" OR (state IN ('running', 'cancelling') AND expires < ?)) AND {NUMBER} = ? LIMIT 1",
                (machine, self._clock(), self._schema),
            )
        return row is not None

    def renew(self, id_: str, stage: str, done: int, total: int | None) -> bool:
        """Renew a job's lease and report its progress; False if it is to stop."""
        with self._database.transaction():
            running = self._database.execute(
                "UPDATE job SET expires = ?, stage = ?, done = ?, total = ? WHERE id = ? AND state = 'running'",
                (self._clock() + LEASE_SECONDS, stage, done, total, id_),
            )
        return running > 0

    def finish(self, id_: str, state: Literal["done", "failed", "cancelled"], result: bytes | None) -> None:
        """Store the outcome of a job."""
        with self._database.transaction(durable=True):
            self._database.execute(
                "UPDATE job SET state = ?, result = ?, ended = ? WHERE id = ? AND state IN ('running', 'cancelling')",
                (state, result, self._clock(), id_),
            )

    def cancel(self, id_: str) -> bool:
        """Ask a job to stop; a queued one ends at once. False if it has ended, or does not exist."""
        with self._database.transaction():
            queued = self._database.execute(
                "UPDATE job SET state = 'cancelled', ended = ? WHERE id = ? AND state = 'queued'", (self._clock(), id_)
            )
            running = self._database.execute(
                "UPDATE job SET state = 'cancelling' WHERE id = ? AND state = 'running'", (id_,)
            )
        return queued + running > 0

    def forget(self, id_: str) -> bool:
        """Delete a job that has ended, with its result; False if there is none."""
        with self._database.transaction():
            return self._database.execute("DELETE FROM job WHERE id = ? AND ended IS NOT NULL", (id_,)) > 0

    def _give_up(self, now: float) -> None:
        """Queue jobs again whose lease has lapsed; end those that were to stop or were started too often."""
        for state, next_, condition in (
            ("cancelling", "cancelled", ""),
            ("running", "failed", f"AND attempts >= {MOST_ATTEMPTS}"),
            ("running", "queued", ""),
        ):
            lapsed = f"state = '{state}' AND expires < ? {condition}"
            if self._database.first(f"SELECT 1 FROM job WHERE {lapsed} LIMIT 1", (now,)) is None:  # noqa: S608 - our own
                continue
            ended = None if next_ == "queued" else now
            with self._database.transaction():
                self._database.execute(f"UPDATE job SET state = '{next_}', ended = ? WHERE {lapsed}", (ended, now))  # noqa: S608 - our own


def _job(row: Row) -> Job:
    id_, kind, state, machine, requester, created, ended, attempts, stage, done, total, input_, result = row
    return Job(
        id=id_, kind=kind, state=state, machine=machine, requester=requester, created=created, ended=ended,
        attempts=attempts, stage=stage, done=done, total=total, input=bytes(input_),
        result=None if result is None else bytes(result),
    )  # fmt: skip
