"""What is told of a run while it goes: the lines of --events, and what a hook gets on its input."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from slate_pg.cli.shapes.common import OneOf
from slate_pg.hooks import HOOKS
from slate_pg.migrations.telling import APPLIED, FAILED, OUTCOMES, ROLLED_BACK


class RunsOn(TypedDict):
    """The server of a run, as it was really reached."""

    name: str | None
    """What the list of a fleet calls it; null outside of one."""
    host: str | None
    """Its host, or the folder of its socket; null where the connection is lost."""
    port: int | None
    """Its port."""
    dbname: str | None
    """The database."""
    user: str | None
    """The role that the session began as."""


class RunError(TypedDict):
    """Why a run failed."""

    message: str
    """What went wrong, in words."""
    hint: str
    """The way out; empty where none is known."""
    file: str | None
    """The file that it is about; null where it is about none."""
    line: int | None
    """Line in the file, from 1."""
    sqlstate: str | None
    """PostgreSQL's code; null where the server said nothing."""
    reason: str | None
    """What the server said, without the place."""


class _OfRun(TypedDict):
    """What every event of a run has."""

    at: str
    """When, RFC 3339."""
    run: str
    """The same in all events of one run, which is one installation's."""
    command: Annotated[str, OneOf("apply", "rollback")]
    """What runs."""
    product: str
    """The product."""
    schema: str
    """The schema."""
    server: RunsOn
    """Where it runs."""


class RunStarted(_OfRun):
    """A run is about to do something, or has found nothing to do."""

    event: Literal["run started"]
    """Which event it is."""
    ids: list[str]
    """The migrations and repeatable files that are to run, in their order."""


class MigrationStarted(_OfRun):
    """A migration has begun."""

    event: Literal["migration started"]
    """Which event it is."""
    id: str
    """The migration, or the repeatable file."""


class MigrationDone(_OfRun):
    """A migration was applied or rolled back, with its ledger row."""

    event: Annotated[str, OneOf(APPLIED, ROLLED_BACK)]
    """Which event it is."""
    id: str
    """The migration, or the repeatable file."""
    milliseconds: float
    """How long it took, with waiting."""


class MigrationFailed(_OfRun):
    """A migration failed."""

    event: Annotated[str, OneOf(FAILED)]
    """Which event it is."""
    id: str
    """The migration, or the repeatable file."""
    error: RunError
    """Why."""


class RunFinished(_OfRun):
    """A run has ended."""

    event: Literal["run finished"]
    """Which event it is."""
    outcome: Annotated[str, OneOf(*OUTCOMES)]
    """How: busy is what a fleet comes back to."""
    ids: list[str]
    """What was done."""
    milliseconds: float
    """How long it took."""
    error: NotRequired[RunError]
    """Why it failed."""


class HookEvent(_OfRun):
    """What a hook is called for."""

    event: Annotated[str, OneOf(*HOOKS)]
    """Which hook it is."""
    ids: list[str]
    """What is to run, or behind the work and where it failed, what was done."""
    id: NotRequired[str | None]
    """The migration that failed; null where it was none."""
    error: NotRequired[RunError]
    """Why it failed."""
