"""Jobs: queued, claimed by one process, renewed while they run, kept for some time after they end.

Any process that opens the database can queue, claim, watch and cancel jobs. They are not published. They are read from
the primary, since a lagging replica would report an old state.

A job with files waits for a process that sees their folder, by name: whatever the machine is called that took them, and
in whatever container it runs today. Such processes say so from time to time; when none has done so for long, the files
are gone, with their machine, and the job has failed. (The column is called `machine`: names of columns stay.)
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from terminology.store.database import Database, Row
from terminology.store.leases import Clock
from terminology.store.rolling import NUMBER

State = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]
OVER: tuple[State, ...] = ("done", "failed", "cancelled")

LEASE_SECONDS = 30.0
"""A running job says more often than that that it is alive."""
ABSENT_SECONDS = 3600.0
"""How long a job waits for its files to be seen again: a machine may be started anew, or repaired."""
MOST_ATTEMPTS = 3
"""How often a job is begun whose process goes away without a word."""
KEPT_SECONDS = 7 * 24 * 3600.0
"""How long what came of a job can be asked for."""

MOST_FOLDERS = 1000
"""More than there are jobs that wait."""
UNSEEN = "state = 'queued' AND machine <> '' AND expires > 0"
"""With a lease that lapsed: the files were not seen for long. (Earlier programs gave such jobs none.)"""

COLUMNS = "id, kind, state, machine, requester, created, ended, attempts, stage, done, total, input, result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. Times are seconds since 1970; `input` and `result` are JSON of whoever queued it."""

    id: str
    kind: str
    state: State
    folder: str
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

    def add(self, kind: str, input_: bytes, *, requester: str = "", folder: str = "") -> Job:
        """Queue a job, with the name of the folder of its files. Deletes jobs that ended long ago."""
        now, id_ = self._clock(), uuid.uuid4().hex
        with self._database.transaction(durable=True):
            self._database.execute("DELETE FROM job WHERE ended < ?", (now - KEPT_SECONDS,))
            columns = ("id", "kind", "state", "machine", "requester", "created", "expires", "input")
            row = (id_, kind, "queued", folder, requester, now, now + ABSENT_SECONDS, input_)
            self._database.insert("job", columns, [row])
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

    def claim(self, folders: Sequence[str] = ()) -> Job | None:
        """Take the oldest queued job without files, or with files in one of these folders: one process gets it."""
        with self._database.writing():
            return self._claim(folders)

    def _claim(self, folders: Sequence[str]) -> Job | None:
        now = self._clock()
        self._give_up(now)
        here, values = self._in(folders)
        sql = f"SELECT id FROM job WHERE state = 'queued' AND machine {here} ORDER BY created, id"  # noqa: S608 - names of our own
        for (id_,) in self._database.select(sql, values):
            with self._database.transaction():
                claimed = self._database.execute(
                    "UPDATE job SET state = 'running', attempts = attempts + 1, expires = ?"
                    " WHERE id = ? AND state = 'queued'",
                    (now + LEASE_SECONDS, id_),
                )
            if claimed:
                return self.get(id_)
        return None

    def waiting(self, folders: Sequence[str] = ()) -> bool:
        """Whether there may be something to claim: one statement, and nothing is written.

        False if the database has a newer schema than this program, whose processes could not run a job.
        """
        here, values = self._in(folders)
        with self._database.writing():
            row = self._database.first(
                f"SELECT 1 FROM job WHERE ((state = 'queued' AND machine {here})"  # noqa: S608 - names of our own
                f" OR (state IN ('running', 'cancelling') AND expires < ?) OR ({UNSEEN} AND expires < ?))"
                f" AND {NUMBER} = ? LIMIT 1",
                (*values, self._clock(), self._clock(), self._schema),
            )
        return row is not None

    def see(self, folders: Sequence[str]) -> list[str]:
        """Record that these folders still exist. Returns those whose jobs have ended, which nobody needs."""
        now, over = self._clock(), list[str]()
        for among, values in self._database.among(folders):
            sql = f"SELECT machine, state, expires, ended FROM job WHERE machine {among}"  # noqa: S608 - names of our own
            with self._database.writing():
                found = self._database.select(sql, values)
            if any(state == "queued" and expires < now + ABSENT_SECONDS / 2 for _, state, expires, _ in found):
                sql = f"UPDATE job SET expires = ? WHERE state = 'queued' AND machine {among}"  # noqa: S608 - names of our own
                self._database.execute(sql, (now + ABSENT_SECONDS, *values))
            over += [folder for folder, _, _, ended in found if ended is not None]
        return over

    def _in(self, folders: Sequence[str]) -> tuple[str, Sequence[Any]]:
        """A condition for these folders, or none: one statement's worth, and more than there are jobs that wait."""
        return next(self._database.among(["", *folders[:MOST_FOLDERS]]))

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
        """Queue jobs again whose lease has lapsed; end those that were to stop, began too often or lost their files."""
        for condition, next_ in (
            ("state = 'cancelling'", "cancelled"),
            (f"state = 'running' AND attempts >= {MOST_ATTEMPTS}", "failed"),
            (UNSEEN, "failed"),
            ("state = 'running'", "queued"),
        ):
            lapsed = f"{condition} AND expires < ?"
            if self._database.first(f"SELECT 1 FROM job WHERE {lapsed} LIMIT 1", (now,)) is None:  # noqa: S608 - our own
                continue
            ended = None if next_ == "queued" else now
            with self._database.transaction():
                self._database.execute(
                    f"UPDATE job SET state = '{next_}', ended = ?, expires = ? WHERE {lapsed}",  # noqa: S608 - our own
                    (ended, now + ABSENT_SECONDS, now),
                )


def _job(row: Row) -> Job:
    id_, kind, state, folder, requester, created, ended, attempts, stage, done, total, input_, result = row
    return Job(
        id=id_, kind=kind, state=state, folder=folder, requester=requester, created=created, ended=ended,
        attempts=attempts, stage=stage, done=done, total=total, input=bytes(input_),
        result=None if result is None else bytes(result),
    )  # fmt: skip
