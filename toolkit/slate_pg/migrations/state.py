"""Decides what to run: what the ledger says against the files.

Pure: no database, no files, no printing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slate_pg.errors import EditedError, FileError, GraphError, Misuse, did_you_mean
from slate_pg.migrations.baselines import Chosen, Stuck, choose
from slate_pg.migrations.files import Migration, Script, agrees, same_but_for_comments
from slate_pg.migrations.hurts import Hurt
from slate_pg.migrations.repeatable.standing import GONE, Standing

if TYPE_CHECKING:
    from slate_pg.environments import Value
    from slate_pg.migrations.backfill.progress import Progress
    from slate_pg.migrations.recorded import Recorded

# What there is to say of an installation, the gravest first.
WORDS = (
    "hurt", "between files and baseline", "edited", "interrupted", "file missing", "objects gone", "ledgers apart",
    "late", "pending", "not installed", "repeatable changed", "repeatable gone", "up to date",
)  # fmt: skip


@dataclass(frozen=True)
class Applied:
    """A ledger row. Texts are None where another tool wrote the row, or before they were asked for."""

    id: str
    applied_at: datetime | None
    checksum: str | None = None
    rollback_checksum: str | None = None
    text: str | None = None
    rollback_text: str | None = None
    rollback_transactional: bool = True
    variables: Recorded | None = None


@dataclass(frozen=True)
class Interrupted:
    """A non-transactional script that began and did not end: `finished` of `total` statements are done.

    `backfill` is how far one has come.
    """

    id: str
    direction: str
    finished: int
    total: int
    backfill: Progress | None = None

    @classmethod
    def of(cls, name: str, direction: str, finished: int, total: int, *progress: Any) -> Interrupted:
        """Return one as the ledger has it; `progress` are note, rows and milliseconds of a backfill."""
        from slate_pg.migrations.backfill.progress import progress_of  # hardly ever is one under way

        return cls(name, direction, finished, total, progress_of(*progress))

    @property
    def where(self) -> str:
        """Where it stopped, in words."""
        if self.backfill:
            return f"at {self.backfill.percent} % ({self.backfill.rows:,} of about {self.backfill.total:,} rows)"
        return f"after statement {self.finished} of {self.total}"


@dataclass(frozen=True)
class State:
    """What one installation has: migrations in run order, split by what the ledger says of them.

    `version` is its ledger's: 0 for stock yoyo's, None where there is no ledger. `gone` is what migrations made outside
    the schema and is not there any more, `hurts` what is missing or changed in the ledger itself. `keeps` is the tool
    whose ledger is kept too, `apart` what that one says otherwise, in sentences.
    `repeatables` are known where they were asked for. `values` are those that files may ask for now, `revalued` says
    where they were others when a migration was applied, which is no edit. `chosen` says which files are the
    installation's where a baseline is among them.
    """

    product: str
    schema: str
    applied: tuple[Applied, ...] = ()
    pending: tuple[Migration, ...] = ()
    edited: tuple[str, ...] = ()
    recommented: tuple[str, ...] = ()
    rollback_edited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    interrupted: tuple[Interrupted, ...] = ()
    version: int | None = None
    gone: tuple[str, ...] = ()
    hurts: tuple[Hurt, ...] = ()
    keeps: str | None = None
    apart: tuple[str, ...] = ()
    repeatables: tuple[Standing, ...] = ()
    values: tuple[Value, ...] = ()
    revalued: tuple[str, ...] = ()
    chosen: Chosen = field(default=Chosen([]))

    @property
    def stuck(self) -> Stuck | None:
        """Why the folder's baseline and the installation do not go together."""
        return self.chosen.stuck

    @property
    def forward_only(self) -> tuple[str, ...]:
        """The applied migrations that were recorded without a rollback."""
        return tuple(a.id for a in self.applied if a.checksum and not a.rollback_checksum)

    @property
    def is_current(self) -> bool:
        """True when nothing is pending, edited, missing, gone or half done, and the ledgers are whole and agree."""
        if any(r.is_pending or r.state == GONE for r in self.repeatables):
            return False
        amiss = self.edited or self.missing or self.interrupted or self.gone or self.hurts or self.apart or self.stuck
        return not (self.pending or amiss)

    @property
    def word(self) -> str:
        """The gravest of what there is to say, in a word or two; "up to date" where that is nothing."""
        found = (
            self.hurts, self.stuck, self.edited, self.interrupted, self.missing, self.gone, self.apart, self.late,
            self.pending and self.applied, self.pending, any(r.is_pending for r in self.repeatables),
            any(r.state == GONE for r in self.repeatables), True,
        )  # fmt: skip
        return next(word for word, is_so in zip(WORDS, found, strict=True) if is_so)


def compare(
    product: str,
    schema: str,
    ordered: Sequence[Migration],
    ledger: Mapping[str, Applied],
    interrupted: Iterable[Interrupted] = (),
    version: int | None = None,
) -> State:
    """Compare files in run order with the ledger. Edits are told apart where the ledger's texts are loaded."""
    interrupted = tuple(interrupted)
    begun: dict[str, str | None] = {i.id: None for i in interrupted}
    chosen = choose(ordered, begun | {n: a.checksum for n, a in ledger.items()}, schema)
    ordered = chosen.ordered
    known = {m.id: m for m in ordered}
    edited = [n for n, a in ledger.items() if n in known and a.checksum and known[n].apply.checksum != a.checksum]
    recommented = [n for n in edited if _only_comments(known[n].apply.recorded(ledger[n].variables), ledger[n].text)]
    rollback_edited = [
        name for name, row in ledger.items() if name in known and row.checksum and _rollback_is_edited(known[name], row)
    ]
    pending = [m for m in ordered if m.id not in ledger]
    position = {m.id: i for i, m in enumerate(ordered)}
    last = max((position[n] for n in ledger if n in position), default=-1)
    # A migration whose file is gone stands behind the one that was applied before it.
    places, behind = {}, -1
    for number, name in enumerate(ledger):
        behind = position.get(name, behind)
        places[name] = (behind, name not in position, number)
    return State(
        product,
        schema,
        applied=tuple(sorted(ledger.values(), key=lambda a: places[a.id])),
        pending=tuple(pending),
        edited=tuple(n for n in edited if n not in recommented),
        recommented=tuple(recommented),
        rollback_edited=tuple(rollback_edited),
        missing=tuple(n for n in ledger if n not in known and n not in chosen.replaced),
        late=tuple(m.id for m in ordered[: last + 1] if m.id not in ledger),
        interrupted=interrupted,
        version=version,
        chosen=chosen,
    )


def _only_comments(now: Script, then: str | None) -> bool:
    """Tell whether nothing but comments differs; of what is big, every byte counts."""
    return then is not None and now.kept is not None and same_but_for_comments(now.kept, then)


def _rollback_is_edited(migration: Migration, row: Applied) -> bool:
    now = migration.rollback
    if now is None or now.checksum == row.rollback_checksum:
        return (now and now.checksum) != row.rollback_checksum
    return not _only_comments(now.recorded(row.variables), row.rollback_text)


def to_apply(state: State, to: str | None = None) -> list[Migration]:
    """Return the pending migrations to run, up to and including `to`. Errors name what stands in the way."""
    if to is not None:
        to = check_target(state, to)
        if to in {a.id for a in state.applied}:
            return []
    names = [m.id for m in state.pending]
    chosen = state.pending[: names.index(to) + 1] if to else state.pending
    late = [m.id for m in chosen if m.id in state.late]
    if late:
        raise GraphError(
            f'{state.product}: {", ".join(late)} stands before "{state.applied[-1].id}", which is applied',
            hint="Rename it so that it comes last, or give it a depends line on the last one. If it was applied "
            f"and its row is lost: `slate adopt {state.product} --repair` shows what it would put back.",
        )
    return list(chosen)


def check_target(state: State, to: str) -> str:
    """Return the migration that `to` means here; Misuse when it names none of this product."""
    to = state.chosen.meant(state.product, to)
    known = {m.id for m in state.pending} | {a.id for a in state.applied}
    if to not in known:
        raise Misuse(f'{state.product} has no migration "{to}"', hint=did_you_mean(to, known))
    return to


def to_roll_back(state: State, to: str | None, steps: int | None) -> list[Applied]:
    """Return the applied migrations to undo, newest first: the last one, the last `steps`, or all after `to`."""
    newest_first = list(reversed(state.applied))
    if to is None:
        return newest_first[: 1 if steps is None else steps]
    to = state.chosen.meant(state.product, to)
    if to not in {a.id for a in state.applied}:
        raise Misuse(f'{state.product}: "{to}" is not applied', hint=did_you_mean(to, (a.id for a in state.applied)))
    return newest_first[: [a.id for a in newest_first].index(to)]


def rollback_script(
    name: str,
    row: Applied | None,
    migration: Migration | None,
    source: str | None,
    own: bool = True,
    values: Sequence[Value] = (),
) -> Script:
    """Return the script that undoes a migration. EditedError when ledger and file differ and nobody chose.

    The same where the ledger's text and its checksum differ, and where its text is in the database only, which others
    than the role at work can write to (`own` is False). Variables have the values they were applied with; `values`
    are the present ones, of which secrets are taken.
    """
    known_values = row.variables if row else None
    file = migration.rollback.recorded(known_values) if migration and migration.rollback else None
    recorded = row.rollback_text if row else None
    if file is not None and (source == "file" or row is None):
        return file
    if row:
        _refuse_strange(name, row, file, own or source == "ledger")
    if row and recorded is not None and (file is None or source == "ledger" or _only_comments(file, recorded)):
        path = file.path if file else Path(f"{name}.rollback.sql")
        from slate_pg.migrations.variables import from_ledger  # a status needs neither it nor what it loads

        return from_ledger(path, recorded, row.rollback_transactional, known_values, values)
    known = row.rollback_checksum if row else None
    if file is not None and recorded is None and source != "ledger" and known in (None, file.checksum):
        return file
    if recorded is None and known is not None and (file is None or source == "ledger"):
        raise FileError(
            f"the rollback of {name} is big: the ledger keeps its checksum, and its file is not in the folder",
            hint=f"Put {name}.rollback.sql back as it was applied (SHA-256 {known}), or say --use file for another.",
        )
    if file is None:
        raise FileError(
            f"{name} cannot be undone: it has no rollback, neither in the ledger nor in the folder",
            hint="Write one into the product's folder, or a new migration that goes the other way.",
        )
    raise EditedError(
        f"{file.path} was edited after {name} was applied",
        detail=_differing(recorded, file, f"{name}.rollback", known),
        hint="Say --use ledger for what was recorded at apply, or --use file for what is in the folder.",
    )


def _differing(then: str | None, now: Script, name: str, checksum: str | None) -> list[str]:
    from slate_pg.migrations.differences import differing  # it loads difflib

    return differing(then, now, name, checksum)


def _refuse_strange(name: str, row: Applied, file: Script | None, allowed: bool) -> None:
    """EditedError for a rollback that is not what was recorded, or that nobody but the database vouches for."""
    if not agrees(row.rollback_text, row.variables.rollback_body if row.variables else row.rollback_checksum):
        raise EditedError(
            f"the rollback of {name} in the ledger is not what its checksum says: somebody has written to the ledger",
            hint=f"Nothing was run. Have {name}.rollback.sql in the folder, read it, and say --use file.",
        )
    if row.rollback_text is not None and file is None and not allowed:
        raise EditedError(
            f"the rollback of {name} is in the database only, where others than you can write it",
            detail=[f"  {line}" for line in row.rollback_text.splitlines()[:40]],
            hint="Nothing was run. Say --use ledger once you have read it, or put its files back into the folder.",
        )


def edit_error(migration: Migration, row: Applied) -> EditedError:
    """Return the error for a file that no longer reads as it was applied, with the difference."""
    return EditedError(
        f"{migration.apply.path} was edited after it was applied on {row.applied_at:%Y-%m-%d %H:%M} UTC",
        detail=_differing(row.text, migration.apply.recorded(row.variables), migration.id, row.checksum),
        hint="Put the file back as it was and write the change as a new migration (`slate new`).",
    )
