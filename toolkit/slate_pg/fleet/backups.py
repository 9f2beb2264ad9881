"""Backs the members of a fleet up: those on one server together where that can be, each of the others alone."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg

from slate_pg.backup.logical import Written, back_up
from slate_pg.backup.together import back_up_together, in_batches
from slate_pg.config import Product, Project
from slate_pg.errors import SlateError
from slate_pg.fleet.crew import Job, Task
from slate_pg.fleet.roster import Member
from slate_pg.postgres.connection import Connection
from slate_pg.sqlfiles import file_name

_LOCK_WAIT_SECONDS = 10.0
_TOGETHER_FROM = 3  # of fewer, one by one is as quick


class Batch:
    """The backups of one server's members that are taken together, some at a time, by whoever asks for one of them.

    It needs no connection beside those of who asks, of which there may be but one.
    """

    def __init__(self, members: Sequence[Member], project: Project, to: Path, jobs: int, key: bytes | None) -> None:
        self.project = project
        self.to = to
        self.jobs = jobs
        self.key = key
        self._members = members
        self._written: dict[str, Written] = {}
        self._due: deque[list[Product]] | None = None
        self._under_way: set[str] = set()
        self._changed = threading.Condition()

    def take(self, connection: Connection, member: Member) -> Written | None:
        """Return the backup of a member, once it is there; None where it is not one of those taken together."""
        with self._changed:
            if self._due is None:
                self._due = deque(self._choose(connection))
                self._under_way = {product.schema for some in self._due for product in some}
        while True:
            with self._changed:
                if not self._due:
                    self._changed.wait_for(lambda: member.schema not in self._under_way)
                if member.schema not in self._under_way:
                    return self._written.pop(member.schema, None)
                some = self._due.popleft()
            self._write(connection, some)

    def _choose(self, connection: Connection) -> Iterator[list[Product]]:
        """Yield who is backed up together; nobody, where the server refuses what has to be asked. Reads only."""
        with suppress(SlateError, psycopg.Error):
            batches = in_batches(connection, [m.product for m in self._members], self.project.shared, self.jobs)
            yield from (some for some in batches if len(some) >= _TOGETHER_FROM)

    def _write(self, connection: Connection, some: list[Product]) -> None:
        try:
            for product, written in back_up_together(
                connection, some, self.project.shared, self.to, self.jobs, self.key, _LOCK_WAIT_SECONDS
            ):
                self._through([product], {product.schema: written})
        except (SlateError, psycopg.Error):
            pass  # whoever is not through is backed up alone, and that says what is wrong with which
        finally:
            self._through(some, {})

    def _through(self, products: Sequence[Product], written: dict[str, Written]) -> None:
        with self._changed:
            self._written |= written
            self._under_way -= {product.schema for product in products}
            self._changed.notify_all()


def backing_up(members: Sequence[Member], project: Project, to: Path, jobs: int, key: bytes | None) -> Task:
    """Return the task that backs a member up, each server's in a folder of its own. It writes files only."""
    batches = {
        server: Batch([m for m in members if m.server == server], project, to / file_name(server.name), jobs, key)
        for server in dict.fromkeys(m.server for m in members)
    }

    def task(connection: Connection, job: Job) -> Written:
        batch = batches[job.member.server]
        if job.attempts == 1 and (written := batch.take(connection, job.member)):
            return written
        return back_up(connection, job.member.product, project.shared, batch.to, 1, key, project, _LOCK_WAIT_SECONDS)

    return task
