"""What a run of migrations is: one connection at work on one installation, and whom it tells what happens.

Sends nothing by itself but the settings that it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from slate_pg.config import Product
from slate_pg.migrations import opening
from slate_pg.migrations.backfill.progress import Progress
from slate_pg.migrations.elsewhere import Recorder
from slate_pg.migrations.files import Script
from slate_pg.migrations.keeping import Keeper
from slate_pg.migrations.locking import Holder, Patience
from slate_pg.postgres.connection import Connection


@dataclass
class Watcher:
    """What a run tells while it works: each a callback that may be left out."""

    planned: Callable[[str, list[str]], None] = lambda schema, ids: None
    started: Callable[[str], None] = lambda name: None
    finished: Callable[[str, float], None] = lambda name, milliseconds: None
    waiting: Callable[[str, list[Holder]], None] = lambda what, holders: None
    warned: Callable[[str], None] = lambda text: None
    noticed: Callable[[str, str, str], None] = lambda name, severity, text: None
    advanced: Callable[[str, Progress], None] = lambda name, progress: None


@dataclass(frozen=True)
class Run:
    """One connection at work on one installation. `done` are the migrations that the command is through with.

    `again` is the migration whose statement that commits as it goes, and was cut short, is to run once more.
    `asks` is False where a database is rebuilt elsewhere without its rows: there files' own conditions say nothing.
    `guard` is the SQL that fails once the installation's lock is gone, where the run holds it. `kept` follows the
    ledger of another tool, where the installation keeps one too, `repeated` are the repeatable
    files that were applied; `repeats` is False where none are to be. `busy` has the schemas where others held relations
    a moment ago, for the first attempt. `before` is called when it is known that something is to run, and may raise.
    """

    connection: Connection
    product: Product
    shared: str | None
    patience: Patience = field(default_factory=Patience)
    watcher: Watcher = field(default_factory=Watcher)
    done: list[str] = field(default_factory=list)
    again: str | None = None
    asks: bool = True
    guard: list[str] = field(default_factory=list)
    kept: list[Keeper] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    repeats: bool = True
    busy: list[tuple[str, ...]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    @cached_property
    def recorder(self) -> Recorder:
        """What follows what the run makes outside the installation's schema."""
        return Recorder(self.connection, self.product.schema)

    def __post_init__(self) -> None:
        """Let psycopg prepare nothing from now on: what a script leaves is forgotten, prepared statements included."""
        self.connection.prepare_threshold = None

    @cached_property
    def opening(self) -> tuple[str, ...]:
        """The statements that every script starts with: its path, UTC and the bound on waiting for locks."""
        return opening.write(self.connection, self.schemas, self.patience.lock_timeout_ms)

    def opening_of(self, script: Script) -> tuple[str, ...]:
        """Return the same for one script: one that pins its functions' path gets none of the database's own."""
        quiet = opening.quiet(self.connection) if script.secrets else ()
        if not opening.pins(script.text):
            return (*self.opening, *quiet)
        return (*quiet, *opening.write(self.connection, self.schemas, self.patience.lock_timeout_ms, own=False))

    @cached_property
    def settings(self) -> str:
        """The same as one text, with its last semicolon."""
        return "; ".join(self.opening) + ";"

    @property
    def schemas(self) -> list[str]:
        """The installation's schema or schemas, and the one that all build on."""
        return list(dict.fromkeys([*self.product.path, *([self.shared] if self.shared else [])]))
