"""The steps of a move: after a kill in any of them the same command goes on from there.

At no moment do two copies take writes: the source is closed before anything is copied, the copy arrives closed, and it
is opened only when the source says, in its own database, that it has gone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from slate_pg.cluster.role_names import find_own_roles
from slate_pg.errors import Misuse, SlateError
from slate_pg.fleet.relocation import closing, copying, following, logins, mark, switching
from slate_pg.fleet.relocation.checks import check
from slate_pg.fleet.relocation.ends import Ends
from slate_pg.fleet.relocation.equality import differences
from slate_pg.fleet.relocation.mark import COPY, COPYING, FINISHING, FOLLOWING, MOVED, SWITCHING, Mark
from slate_pg.fleet.relocation.switching import Switch
from slate_pg.fleet.removing import Removed, remove
from slate_pg.migrations import ledger
from slate_pg.postgres.connection import abandon, is_alive

_WHERE = "`slate fleet status` says what is where."


@dataclass(frozen=True)
class Moved:
    """What became of a move: its mark, for how many seconds writes were refused, and in words what stays behind."""

    mark: Mark
    refused_seconds: float | None
    stays: tuple[str, ...] = ()


def move(
    ends: Ends, switch: Switch, work: Path | None = None, *, online: bool = False, via: str | None = None
) -> Moved:
    """Move an installation: closed, copied, compared, switched. The old copy stays, read-only. Writes on both.

    `online` has the copy follow first, so that it is closed for seconds only; `via` is how it reaches the source.

    SlateError before anything was written where it could not be ended well. What fails before the switch is taken back,
    so that the source takes writes again; what fails in it is left to the same command, or to `abort`.
    """
    with ends.held():
        moving, stays = _begun(ends, online=online)
        if moving.stage in (FOLLOWING, FINISHING, COPYING):
            with _taking_back(ends, moving):
                moving = _copied(ends, moving, work or _usual(), via)
        there = mark.read_marks(ends.target, ends.schema).get(ends.schema)
        if moving.stage == MOVED and there is None:
            return Moved(moving, None, tuple(stays))
        if there is not None and there.stage not in (SWITCHING, MOVED):  # it has not been in use yet
            copying.follow_sequences(ends)
        closing.reopen(ends.target, ends.schema, ends.patience)
        switch(switching.event_of(ends, moving))
        moving = _advance(ends, moving, MOVED)
        return Moved(moving, _since(moving), tuple(stays))


def _copied(ends: Ends, moving: Mark, work: Path, via: str | None) -> Mark:
    """Bring the copy to where it can be switched to; return the mark, which says so. Writes on both."""
    if moving.stage == FOLLOWING:
        moving = following.start(ends, moving, work, via)
        moving = closing.close(ends.source, ends.schema, replace(moving, stage=FINISHING), ends.patience)
    if moving.stage == FINISHING:
        following.finish(ends, moving)
    copying.copy(ends, moving, work)
    return _advance(ends, moving, SWITCHING)


def _begun(ends: Ends, *, online: bool) -> tuple[Mark, list[str]]:
    """Return the mark of the move, which is begun where it is not, and what will stay behind. Writes on the source."""
    found = mark.read_marks(ends.source, ends.schema).get(ends.schema)
    if found is not None:
        if found.target != ends.to or found.role == COPY:
            raise SlateError(
                f'"{ends.schema}" on {ends.origin}: {found.said}',
                hint=f'End that move first: --to "{found.target}" with --confirm or --abort.',
            )
        return found, []
    _sweep(ends)
    stays = check(ends)
    lacking = logins.lacking(ends.source, ends.target, ends.schema)
    logins.refuse_unknown(ends.source, lacking, ends.to)
    if online:
        following.check(ends)
    there = {r[0] for r in ends.target.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    roles = tuple(r for r in find_own_roles(ends.source, ends.schema) if r not in there)
    begun = mark.new(ends.origin, ends.to, lacking, roles, FOLLOWING if online else COPYING)
    only = [following.LEDGER] if online else None  # so that no other slate changes what is followed
    return closing.close(ends.source, ends.schema, begun, ends.patience, only), stays


def _sweep(ends: Ends) -> None:
    """Drop what an earlier move, which was given up, has left on the target: it never took a write. Writes there."""
    left = mark.read_marks(ends.target, ends.schema).get(ends.schema)
    if left is None:
        return
    if not left.is_copy(ends.to) or left.origin != ends.origin:
        raise SlateError(
            f'"{ends.schema}" is on {ends.to} already: {left.said}',
            hint="Nothing was changed. End that move first, with --confirm or --abort.",
        )
    following.end(ends, left)
    copying.drop_copy(ends.target, ends.schema, left, ends.patience)


@contextmanager
def _taking_back(ends: Ends, moving: Mark) -> Iterator[None]:
    """Open the source again where something fails before the switch, and drop the copy. Writes."""
    try:
        yield
    except BaseException as error:
        still = "it is read-only, and the same command goes on."
        with suppress(SlateError, psycopg.Error):
            abandon(ends.source)
            if is_alive(ends.target):
                with suppress(psycopg.Error):
                    abandon(ends.target)
            following.end(ends, moving)
        with suppress(SlateError, psycopg.Error):
            abandon(ends.source)
            closing.reopen(ends.source, ends.schema, ends.patience)
            still = f'"{ends.schema}" takes writes on {ends.origin} as before.'
        if isinstance(error, SlateError):
            error.hint = f"{error.hint} {still[0].upper()}{still[1:]}".strip()
        if "as before" in still:
            with suppress(SlateError, psycopg.Error):
                abandon(ends.target)
                copying.drop_copy(ends.target, ends.schema, moving, ends.patience)
        raise


def _advance(ends: Ends, moving: Mark, stage: str) -> Mark:
    """Write down on the source how far the move has come. Writes."""
    further = replace(moving, stage=stage)
    closing.amend(ends.source, ends.schema, further)
    return further


def _since(moving: Mark) -> float | None:
    with suppress(ValueError):
        return (datetime.now(UTC) - datetime.fromisoformat(moving.closed_at)).total_seconds()
    return None


def confirm(ends: Ends, to: Path, key: bytes | None) -> Removed:
    """Remove the old copy as `slate fleet remove` does, behind a backup under `to` that was proven. Writes.

    SlateError where the move is not through with its switch.
    """
    found = mark.read_marks(ends.source, ends.schema).get(ends.schema)
    if found is None or found.target != ends.to or found.role == COPY:
        raise Misuse(f'no move of "{ends.schema}" to {ends.to} is under way', hint=_WHERE)
    in_use = ends.schema in ledger.find_ledgers(ends.target, ends.schema)
    if found.stage != MOVED or not in_use or mark.read_marks(ends.target, ends.schema):
        raise SlateError(
            f'"{ends.schema}" is not in use on {ends.to}, and is not removed from {ends.origin}',
            hint="Nothing was changed. Without --confirm the same command goes on with the move; or --abort.",
        )
    leaving = logins.superfluous(ends.source, ends.target, ends.schema)
    return remove(ends.source, ends.product, ends.project, to, ends.patience, key, leaving)


def _usual() -> Path:
    return Path(tempfile.gettempdir())


def abort(ends: Ends, switch: Switch, work: Path | None = None, *, discard: bool = False) -> list[str]:
    """Take a move back: the source takes writes again, the copy is dropped; return in words what stays. Writes.

    SlateError where the copy was written to, unless that is to be discarded.
    """
    with ends.held():
        here = mark.read_marks(ends.source, ends.schema).get(ends.schema)
        there = mark.read_marks(ends.target, ends.schema).get(ends.schema)
        moving = here or there
        if moving is None or moving.target != ends.to or not (here or (there and there.is_copy(ends.to))):
            raise Misuse(f'no move of "{ends.schema}" to {ends.to} is under way', hint=_WHERE)
        copying.clear(work or _usual(), moving)
        gone = moving.stage in (SWITCHING, MOVED)
        if here and gone:
            _withdraw(ends, here, discard=discard)
        following.end(ends, moving)
        closing.reopen(ends.source, ends.schema, ends.patience)
        if gone:
            switch(switching.event_of(ends, moving, back=True))
        return copying.drop_copy(ends.target, ends.schema, moving, ends.patience)


def _withdraw(ends: Ends, moving: Mark, *, discard: bool) -> None:
    """Close the copy that was in use. SlateError where it was written to: then it is open again. Writes there."""
    if ends.schema not in ledger.find_ledgers(ends.target, ends.schema):
        return
    closing.close(ends.target, ends.schema, replace(moving, role=COPY), ends.patience)
    if discard:
        return
    try:
        found = differences(ends)
    except BaseException:
        closing.reopen(ends.target, ends.schema, ends.patience)
        raise
    if found:
        closing.reopen(ends.target, ends.schema, ends.patience)
        raise SlateError(
            f'"{ends.schema}" was written to on {ends.to} since it was moved: {len(found)} differences',
            detail=[f"  {line}" for line in found[:20]],
            hint="Nothing was taken back. --discard loses what was written there; to keep it, --confirm this move and "
            "then move it back.",
        )
