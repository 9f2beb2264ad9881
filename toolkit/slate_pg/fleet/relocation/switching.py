"""Tells the world where an installation is now: a command of the operator's gets the event as JSON on its input."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from slate_pg.commands import run_command
from slate_pg.conninfo import parse
from slate_pg.errors import SlateError
from slate_pg.fleet.relocation.ends import Ends, Lost
from slate_pg.fleet.relocation.mark import Mark
from slate_pg.postgres.connection import Connection

SWITCH, BACK = "switch", "switch back"


@dataclass(frozen=True)
class Event:
    """An installation takes writes on another server: which move that was, and both servers as they were reached."""

    event: str
    move: str
    product: str
    schema: str
    before: dict[str, object]
    now: dict[str, object]

    def as_json(self) -> str:
        """Return the event as one line. No password is in it. Pure."""
        whole = {
            "event": self.event, "move": self.move, "product": self.product, "schema": self.schema,
            "from": self.before, "to": self.now,
        }  # fmt: skip
        return json.dumps(whole, ensure_ascii=False)


Switch = Callable[[Event], None]


def event_of(ends: Ends, moving: Mark, *, back: bool = False) -> Event:
    """Return the event of a move; one that goes back leads from its target to its source. Pure."""
    here, there = _place(ends.source, ends.origin), _place(ends.target, ends.to)
    before, now = (there, here) if back else (here, there)
    return Event(BACK if back else SWITCH, moving.id, ends.product.name, ends.schema, before, now)


def event_without(lost: Lost, moving: Mark) -> Event:
    """Return the event of a move that goes back from a server that does not answer, as it would be reached. Pure."""
    found = parse(lost.url)
    port = found.get("port", "").partition(",")[0]
    before = {
        "server": lost.to, "host": found.get("host", ""), "port": int(port) if port.isdigit() else 5432,
        "dbname": found.get("dbname", ""),
    }  # fmt: skip
    return Event(BACK, moving.id, lost.product.name, lost.schema, before, _place(lost.source, lost.origin))


def _place(connection: Connection, name: str) -> dict[str, object]:
    info = connection.info
    return {"server": name, "host": info.host, "port": info.port, "dbname": info.dbname}


def run(command: str, event: Event) -> None:
    """Run a command for the shell with the event on its input. SlateError where it does not exit 0."""
    found = {
        "SLATE_EVENT": event.event, "SLATE_PRODUCT": event.product, "SLATE_SCHEMA": event.schema,
        "SLATE_FROM": str(event.before["server"]), "SLATE_SERVER": str(event.now["server"]),
    }  # fmt: skip
    ran = run_command(command, given=event.as_json() + "\n", variables=found)
    if ran.failure:
        raise SlateError(
            f"--switch {ran.failure}", detail=[f"  {line}" for line in ran.lines[-5:]],
            hint=f'"{event.schema}" takes writes on {event.now["server"]} now, and nowhere else. Run the same command '
            "again: it goes on with the switch.",
        )  # fmt: skip
