"""Says no before anything is run: to edited files, to scripts that stopped half way, to what cannot be undone.

Writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from slate_pg.config import Product
from slate_pg.errors import Busy, EditedError, FileError, GraphError, Misuse, did_you_mean
from slate_pg.migrations import ledger, opening
from slate_pg.migrations.alone import all_run_alone, refuse_misplaced
from slate_pg.migrations.belonging import is_own, read_own_state
from slate_pg.migrations.directives import read_conditions
from slate_pg.migrations.files import Migration, Script, check_script
from slate_pg.migrations.folders import find_format
from slate_pg.migrations.keeping import open_keepers
from slate_pg.migrations.state import Applied, State, edit_error, rollback_script, to_apply, to_roll_back
from slate_pg.postgres.connection import Connection


def read_runnable(
    connection: Connection,
    product: Product,
    ordered: Sequence[Migration],
    to: str | None,
    warn: Callable[[str], None],
) -> tuple[State, list[Migration]]:
    """Return an installation's state and the migrations that an apply runs; refuse what it refuses. Reads only.

    What rehearses or prints what is pending asks the same, so that nobody reviews what would never run.
    """
    state = read_own_state(connection, product, ordered)
    chosen = choose_runnable(connection, product, state, ordered, to, warn)
    open_keepers(connection, product, ordered, state, chosen)
    return state, chosen


def choose_runnable(
    connection: Connection,
    product: Product,
    state: State,
    ordered: Sequence[Migration],
    to: str | None,
    warn: Callable[[str], None],
) -> list[Migration]:
    """Return the migrations that an apply runs in a state; refuse what it refuses of them. Reads only."""
    refuse_interrupted(state, "rollback")
    refuse_stuck(state)
    refuse_edits(connection, state, ordered, warn)
    chosen = to_apply(state, to)
    check_runnable(chosen)
    own = find_format(product) is None  # other tools have such files as a matter of course
    for migration in chosen:
        if own and not migration.apply.transactional and all_run_alone(migration.apply.text):
            warn(f"{migration.id} is run without a transaction: its statements are refused in one")
    if secret := [m.id for m in chosen if m.apply.secrets]:
        warn_of_log(connection, secret, warn)
    return chosen


def read_rollbacks(
    connection: Connection,
    state: State,
    ordered: Sequence[Migration],
    to: str | None,
    steps: int | None,
    source: str | None,
) -> list[tuple[str, Script]]:
    """Return id and script of each rollback that would run, newest first; errors as `rollback` has them. Reads only."""
    chosen = to_roll_back(state, to, steps)
    texts = ledger.read_texts(connection, state.schema, [a.id for a in chosen], state.version or 0) if chosen else {}
    files = {m.id: m for m in ordered}
    _refuse_replaced(state, chosen, files, source)
    own = is_own(connection, state.schema) if chosen else True
    scripts = [
        (a.id, rollback_script(a.id, texts.get(a.id), files.get(a.id), source, own, state.values)) for a in chosen
    ]
    for _, script in scripts:
        check_script(script)
    return scripts


def warn_of_log(connection: Connection, names: Sequence[str], warn: Callable[[str], None]) -> None:
    """Say where the server keeps the text of statements, those with secrets too, and the role cannot help it."""
    if found := opening.find_logging(connection):
        warn(f"the server may log the secrets of {', '.join(names)}: {', '.join(found)} is not for this role to set")


def refuse_stuck(state: State) -> None:
    """GraphError where the folder's baseline and the installation do not go together."""
    if state.stuck:
        raise GraphError(state.stuck.said, hint=f"Nothing was applied. {state.stuck.hint}")


def _refuse_replaced(state: State, chosen: Sequence[Applied], files: Collection[str], source: str | None) -> None:
    """FileError for the rollback of what a baseline replaces where the file is gone: it could not come back."""
    left = state.chosen.left
    lost = [a.id for a in chosen if a.id in state.chosen.replaced and a.id not in files]
    if left and lost and source is None:
        raise FileError(
            f"{left.id} stands for {lost[0]}, whose file is gone: undone, it could not be applied again",
            hint="Nothing was undone. Put the replaced files back into the folder, or say --use ledger to undo it by "
            "the rollback that was recorded, and have those files by the next apply.",
        )


def check_runnable(migrations: Sequence[Migration]) -> None:
    """FileError for a migration that cannot be run or undone: checked for all before the first is run. Reads only."""
    for migration in migrations:
        check_script(migration.apply)
        refuse_misplaced(migration.apply)
        read_conditions(migration.apply)
        if migration.rollback is None:
            if migration.rollback_optional:
                continue
            raise FileError(
                f"{migration.apply.path} has no rollback",
                hint=f"Write {migration.id}.rollback.sql beside it, or its way back as the folder's tool has it; where "
                "nothing can be undone it raises the reason. "
                'Who goes forward only says so: rollbacks = "optional" in [tool.slate], or --migrations plain:DIR.',
            )
        check_script(migration.rollback)
        refuse_misplaced(migration.rollback)
        read_conditions(migration.rollback)


def refuse_edits(
    connection: Connection, state: State, ordered: Sequence[Migration], warn: Callable[[str], None]
) -> None:
    """EditedError for files that changed since they were applied; a warning where only comments did."""
    by_id = {m.id: m for m in ordered}
    if state.edited:
        texts = ledger.read_texts(connection, state.schema, [state.edited[0]], state.version or 0)
        raise edit_error(by_id[state.edited[0]], texts[state.edited[0]])
    for unfinished in state.interrupted:
        _refuse_lost(state, unfinished.id, by_id.get(unfinished.id))
    for name in state.recommented:
        warn(f"{name} differs from what was applied, but only in comments or white space")
    for name in state.missing:
        warn(f"{name} is applied to {state.schema} and its file is gone; a rollback still works")


def _refuse_lost(state: State, name: str, migration: Migration | None) -> None:
    """EditedError for a script that stopped half way and cannot go on: its file is gone, or of another kind."""
    give_up = f"Or give it up: `slate rollback {state.product} --forget {name}`."
    if migration is None:
        raise EditedError(
            f"{name} stopped half way, and its file is gone",
            hint=f"Put the file back, so that it can go on where it stopped. {give_up}",
        )
    if migration.apply.transactional:
        raise EditedError(
            f"{name} stopped half way as a non-transactional file, and is transactional now",
            hint=f"Put its line `-- transactional: false` back, so that it can go on where it stopped. {give_up}",
        )


def refuse_interrupted(state: State, direction: str) -> None:
    """Busy when a script of the other direction stopped half way: what the database holds fits no step of the order."""
    for unfinished in state.interrupted:
        if unfinished.direction == direction:
            raise Busy(
                f"{direction} of {unfinished.id} stopped {unfinished.where}",
                hint=f"Finish it first: `slate {direction} {state.product}` goes on where it stopped. Or give it up: "
                f"`slate rollback {state.product} --forget {unfinished.id}`.",
            )


def refuse_strange(state: State, name: str | None) -> None:
    """Misuse for a name that is to be run again or given up and has not stopped half way here."""
    stopped = {i.id for i in state.interrupted}
    if name is None or name in stopped:
        return
    raise Misuse(f'"{name}" has not stopped half way in "{state.schema}"', hint=did_you_mean(name, stopped))
