"""Tells others of a run as it goes: hooks before and behind it, and whoever listens to its events.

Runs what a project's hooks say, on this machine and on the run's connection. Prints nothing.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import psycopg

from slate_pg.commands import run_command
from slate_pg.conninfo import hide
from slate_pg.errors import Busy, SlateError, Where
from slate_pg.hooks import Hook, Hooks
from slate_pg.migrations.run import Run
from slate_pg.postgres.connection import Connection, abandon, is_alive, send

RUN_STARTED, RUN_FINISHED = "run started", "run finished"
STARTED, APPLIED, ROLLED_BACK, FAILED = (
    "migration started", "migration applied", "migration rolled back", "migration failed",
)  # fmt: skip
EVENTS = (RUN_STARTED, STARTED, APPLIED, ROLLED_BACK, FAILED, RUN_FINISHED)
DONE, BUSY, INTERRUPTED = "done", "busy", "interrupted"
OUTCOMES = (DONE, "failed", BUSY, INTERRUPTED)
_BEFORE = {"apply": "before_apply", "rollback": "before_rollback"}
_AFTER = {"apply": "after_apply", "rollback": "after_rollback"}
_LEFT = {"apply": "applied", "rollback": "rolled back"}


@dataclass(frozen=True)
class Event:
    """Something that happened in a run: the keys of its JSON. `run` is the same in all events of one run.

    No password is in it.
    """

    event: str
    at: str
    run: str
    command: str
    product: str
    schema: str
    server: dict[str, object]
    more: dict[str, object] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the event as one line, without its end. Pure."""
        whole = {
            "event": self.event, "at": self.at, "run": self.run, "command": self.command, "product": self.product,
            "schema": self.schema, "server": self.server, **self.more,
        }  # fmt: skip
        return json.dumps(whole)


Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Teller:
    """Who is told of a command's runs. `said` gets what hooks say, `warned` what failed beside the run itself.

    A listener that raises before a run has begun stops it.
    """

    command: str
    hooks: Hooks = field(default_factory=Hooks)
    listeners: Sequence[Listener] = ()
    said: Callable[[str], None] = lambda text: None
    warned: Callable[[str], None] = lambda text: None

    @property
    def is_mute(self) -> bool:
        """Whether there is nobody to tell."""
        return not (self.hooks.each or self.listeners)

    def perform(self, run: Run, work: Callable[[Run], list[str]], server: str = "") -> list[str]:
        """Do the work of a run, and tell of it; return what the work does. Errors are the work's, and hooks'. Writes.

        `server` is what a fleet calls the run's.
        """
        if self.is_mute:
            return work(run)
        return _Telling(self, run, server).perform(work)


@dataclass
class _Telling:
    """One run that is told of: its ids as far as they are known, which one is under way, and what is done."""

    teller: Teller
    run: Run
    name: str
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    planned: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    under_way: str = ""
    began: float = field(default_factory=time.perf_counter)
    is_begun: bool = False

    def perform(self, work: Callable[[Run], list[str]]) -> list[str]:
        """Do the work, and tell how it ended, whatever ends it."""
        watcher = replace(
            self.run.watcher, planned=self._planned, started=self._started, finished=self._finished,
        )  # fmt: skip
        try:
            result = work(replace(self.run, watcher=watcher, before=self._before))
            self._begin()
            if self.done:
                self._after()
        except (SlateError, psycopg.Error) as error:
            self._fail(error)
            raise
        except BaseException:
            self._tell(RUN_FINISHED, outcome=INTERRUPTED, ids=self.done, milliseconds=self._took())
            raise
        self._tell(RUN_FINISHED, outcome=DONE, ids=self.done, milliseconds=self._took())
        return result

    def _planned(self, schema: str, ids: list[str]) -> None:
        self.planned += ids
        self.run.watcher.planned(schema, ids)

    def _before(self) -> None:
        """Tell that something is about to be done; what fails here stops it. SlateError."""
        self._begin()
        hook = self.teller.hooks.find(_BEFORE[self.teller.command])
        if hook and (failure := self._call(hook, self._event(hook.name, ids=self.planned))):
            what = _LEFT[self.teller.command]
            raise SlateError(
                f"{hook.name} {failure}",
                hint=f'Nothing was {what} in "{self.run.product.schema}". Let the hook succeed and say the same again.',
            )

    def _begin(self) -> None:
        if self.is_begun:
            return
        self.is_begun = True
        event = self._event(RUN_STARTED, ids=self.planned)
        for listener in self.teller.listeners:
            listener(event)

    def _started(self, name: str) -> None:
        self.under_way = name
        self._tell(STARTED, id=name)
        self.run.watcher.started(name)

    def _finished(self, name: str, milliseconds: float) -> None:
        self.under_way = ""
        self.done.append(name)
        word = APPLIED if self.teller.command == "apply" else ROLLED_BACK
        self._tell(word, id=name, milliseconds=round(milliseconds, 3))
        self.run.watcher.finished(name, milliseconds)

    def _after(self) -> None:
        """Run the hook behind the run. SlateError that says what stays, where it fails."""
        hook = self.teller.hooks.find(_AFTER[self.teller.command])
        if hook and (failure := self._call(hook, self._event(hook.name, ids=self.done))):
            what = f"{len(self.done)} {_LEFT[self.teller.command]}"
            raise SlateError(
                f"{hook.name} {failure}",
                hint=f'It ran behind the work, which stays: {what} in "{self.run.product.schema}". The same command '
                "again does not call it.",
            )

    def _fail(self, error: SlateError | psycopg.Error) -> None:
        """Tell that a run failed, and run the hook for that; what fails then is warned of, for the error is another."""
        is_busy = isinstance(error, Busy)
        with_error = self._error(error)
        if self.under_way and not is_busy:
            self._tell(FAILED, id=self.under_way, error=with_error)
        self._tell(
            RUN_FINISHED, outcome=BUSY if is_busy else "failed", ids=self.done, milliseconds=self._took(),
            error=with_error,
        )  # fmt: skip
        hook = self.teller.hooks.find("on_failure")
        if hook and not (is_busy and self.name):  # a fleet comes back to a busy installation
            event = self._event("on_failure", ids=self.done, id=self.under_way or None, error=with_error)
            if failure := self._call(hook, event):
                self.teller.warned(f"on_failure {failure}")

    def _error(self, error: SlateError | psycopg.Error) -> dict[str, object]:
        if isinstance(error, SlateError):
            where = error.where or Where("", 0)
            return {
                "message": hide(error.message), "hint": hide(error.hint), "file": where.path or None,
                "line": where.line or None, "sqlstate": where.sqlstate or None, "reason": hide(where.reason) or None,
            }  # fmt: skip
        message = hide(error.diag.message_primary or str(error).strip())
        return {
            "message": message, "hint": "", "file": None, "line": None, "sqlstate": error.sqlstate, "reason": None,
        }  # fmt: skip

    def _tell(self, name: str, **more: object) -> None:
        """Tell all listeners; a listener that fails by now stops nothing, and is warned of."""
        event = self._event(name, **more)
        for listener in self.teller.listeners if self.is_begun or name == RUN_FINISHED else ():
            try:
                listener(event)
            except SlateError as error:
                self.teller.warned(error.message)

    def _event(self, name: str, **more: object) -> Event:
        product = self.run.product
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        place = _place(self.run.connection, self.name)
        return Event(name, at, self.mark, self.teller.command, product.name, product.schema, place, more)

    def _took(self) -> float:
        return round((time.perf_counter() - self.began) * 1000, 3)

    def _call(self, hook: Hook, event: Event) -> str | None:
        """Run a hook; return how it failed, None where it did not. Writes what the hook writes."""
        hooks = self.teller.hooks
        if hook.sql is not None:
            return _send(self.run, hook.sql, hooks.seconds)
        if hook.command is None:
            return None
        variables = {
            "SLATE_EVENT": hook.name, "SLATE_COMMAND": event.command, "SLATE_PRODUCT": event.product,
            "SLATE_SCHEMA": event.schema, "SLATE_SERVER": self.name,
        }  # fmt: skip
        ran = run_command(
            hook.command, given=event.as_json() + "\n", variables=variables, folder=hooks.folder,
            seconds=hooks.seconds, heard=lambda line: self.teller.said(f"{hook.name}: {line}"),
        )  # fmt: skip
        if ran.failure is None:
            return None
        return ran.failure + (f", {ran.lines[-1]}" if ran.lines else "")


def _place(connection: Connection, name: str) -> dict[str, object]:
    """Return how a server is reached, without a password; what a lost connection does not know any more is None."""
    try:
        info = connection.info
        found: dict[str, object] = {"host": info.host, "port": info.port, "dbname": info.dbname, "user": info.user}
    except psycopg.Error:
        found = {"host": None, "port": None, "dbname": None, "user": None}
    return {"name": name or None, **found}


def _send(run: Run, text: str, seconds: float) -> str | None:
    """Run the SQL of a hook in a transaction of its own, with the path of the run; return how it failed. Writes."""
    connection = run.connection
    if not is_alive(connection):
        return "was not run: the connection is gone"
    try:
        abandon(connection)
        send(connection, "; ".join(["BEGIN", *run.opening, f"SET LOCAL statement_timeout = {int(seconds * 1000)}"]))
        send(connection, text)
        send(connection, "COMMIT")
    except psycopg.Error as error:
        return f"failed: {error.diag.message_primary or str(error).strip()}" + (
            f" ({error.sqlstate})" if error.sqlstate else ""
        )
    finally:
        if is_alive(connection):
            abandon(connection)
    return None
