"""Works on the members of a fleet, a few on each server at a time, and tells of each as it is through with it.

Nothing is written down anywhere but in the ledgers: a run that is killed is taken up by the same command.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from slate_pg.commands import end_all
from slate_pg.errors import Busy, SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.policy import Policy
from slate_pg.fleet.roster import Member, from_server, reason
from slate_pg.fleet.servers import Server
from slate_pg.postgres.connection import Connection, is_alive

DONE, FAILED, BUSY, UNREACHABLE, NOT_BEGUN = "done", "failed", "busy", "unreachable", "not begun"
_LOOK_AGAIN_SECONDS = 0.2  # at an installation that was busy
_CANCEL_SECONDS = 10.0  # what a server is given to end what nobody waits for


@dataclass(frozen=True)
class Outcome:
    """What became of one member: a word, the ids that ran, what the task returned, milliseconds, and the error."""

    member: Member
    state: str
    ids: tuple[str, ...] = ()
    found: object = None
    milliseconds: float = 0.0
    attempts: int = 1
    error: SlateError | None = None


@dataclass
class Job:
    """One member under way: how often it was tried, since when it has been busy, and what is done already."""

    member: Member
    attempts: int = 0
    lost: int = 0
    busy_since: float | None = None
    not_before: float = 0.0
    done: list[str] = field(default_factory=list)
    took: float = 0.0


# What is done with one member over a connection to its server; it notes in the job what it is through with.
Task = Callable[[Connection, Job], object]


@dataclass
class Crew:
    """Those who work: `failures` is how many members have failed so far, `down` which servers went away and why."""

    connections: Connections
    policy: Policy
    task: Task
    failures: int = 0
    down: dict[Server, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is begun."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Let nothing more be begun; what is under way goes on to its end."""
        self._stopped.set()

    def work(self, members: Sequence[Member], at_once: int | None = None) -> Iterator[Outcome]:
        """Yield the outcome of each member as it comes, `at_once` on each server; of all of them, in any case."""
        waiting: dict[Server, deque[Job]] = {}
        for member in members:
            waiting.setdefault(member.server, deque()).append(Job(member))
        told: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()
        hands = 0
        for server, jobs in waiting.items():
            for _ in range(min(at_once or self.policy.jobs, len(jobs))):
                threading.Thread(target=self._hand, args=(server, jobs, told), daemon=True).start()
                hands += 1
        try:
            while hands:
                found = told.get()
                if found is None:
                    hands -= 1
                elif isinstance(found, Outcome):
                    yield found
                else:
                    raise found
        finally:
            self._abandon(hands, told)
        for server, jobs in waiting.items():
            state = UNREACHABLE if server in self.down else NOT_BEGUN
            yield from (self._left(job, state) for job in jobs)

    def _abandon(self, hands: int, told: queue.SimpleQueue[Outcome | BaseException | None]) -> None:
        """Cancel what is under way, so that nothing runs or holds a lock on a server that nobody waits for any more.

        Again and again, since a hand may be between two statements when it is told.
        """
        if hands:
            self.stop()
        until = time.monotonic() + _CANCEL_SECONDS
        while hands and time.monotonic() < until:
            end_all()
            self.connections.cancel()
            with suppress(queue.Empty):
                while hands:
                    hands -= told.get(timeout=_LOOK_AGAIN_SECONDS) is None

    def _left(self, job: Job, state: str) -> Outcome:
        said = self.down.get(job.member.server)
        error = SlateError(said) if said else None
        return Outcome(job.member, state, tuple(job.done), None, job.took, job.attempts, error)

    def _hand(self, server: Server, jobs: deque[Job], told: queue.SimpleQueue[Outcome | BaseException | None]) -> None:
        try:
            while not self.is_stopped and server not in self.down:
                with self._lock:
                    job = jobs.popleft() if jobs else None
                if job is None:
                    return
                time.sleep(max(0.0, min(job.not_before - time.monotonic(), _LOOK_AGAIN_SECONDS)))
                outcome = self._attempt(job)
                if outcome is None:
                    with self._lock:
                        jobs.append(job)
                else:
                    told.put(outcome)
        except BaseException as error:
            told.put(error)
        finally:
            told.put(None)

    def _attempt(self, job: Job) -> Outcome | None:
        """Work on one member once; None where it goes to the back of the queue."""
        began = time.perf_counter()
        job.attempts += 1
        try:
            with self.connections.lend(job.member.server) as connection:
                try:
                    found = self.task(connection, job)
                    return self._outcome(job, DONE, began, found)
                except (SlateError, psycopg.Error) as error:
                    said = error if isinstance(error, SlateError) else from_server(error)
                    return self._failed(job, said, began, lost=not is_alive(connection))
        except SlateError as error:  # the server does not answer, though it did before
            with self._lock:
                self.down[job.member.server] = reason(error)
            return self._left(job, UNREACHABLE)

    def _failed(self, job: Job, error: SlateError, began: float, lost: bool) -> Outcome | None:
        """Judge a failure: None where the member is to be tried again."""
        now = time.monotonic()
        if isinstance(error, Busy) and not job.member.state.interrupted:
            job.busy_since = now if job.busy_since is None else job.busy_since
            if now - job.busy_since < self.policy.wait:
                job.took += (time.perf_counter() - began) * 1000
                job.not_before = now + _LOOK_AGAIN_SECONDS
                return None
        tries = job.attempts if job.busy_since is None else 1
        job.lost += lost
        if (lost and job.lost == 1) or (tries <= self.policy.retry and not isinstance(error, Busy)):
            job.took += (time.perf_counter() - began) * 1000
            return None
        with self._lock:
            self.failures += 1
            if self.failures >= self.policy.max_failures:
                self.stop()
        return self._outcome(job, BUSY if isinstance(error, Busy) else FAILED, began, None, error)

    def _outcome(self, job: Job, state: str, began: float, found: object, error: SlateError | None = None) -> Outcome:
        took = job.took + (time.perf_counter() - began) * 1000
        return Outcome(job.member, state, tuple(job.done), found, took, job.attempts, error)
