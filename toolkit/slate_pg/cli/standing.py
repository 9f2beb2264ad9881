"""Says what is applied, pending, edited, missing in the installations of a project; knows nothing of Typer."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from slate_pg.cli.opening import project_of, read_with
from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.cli.shapes import history as shapes
    from slate_pg.config import Project
    from slate_pg.fleet.relocation.mark import Mark
    from slate_pg.migrations.locking import Holder
    from slate_pg.migrations.state import Interrupted, State
    from slate_pg.postgres.connection import Connection

    Found = tuple[list[State], dict[str, Holder], dict[str, list[str]], dict[str, str], dict[str, Mark]]


def say_standing(
    products: Sequence[str] | None, database: str | None, migrations: str | None, *, as_json: bool
) -> None:
    """Say what is applied, pending, edited or missing; AnswerIsNo when something is."""
    from slate_pg.migrations.folders import remembering

    project = project_of(migrations)
    with remembering():
        if not _tell(project, [*(products or ())], database, as_json):
            raise AnswerIsNo


def _tell(project: Project, products: list[str], database: str | None, as_json: bool) -> bool:
    """Print the states of a project's installations, and return whether all are as they should be."""
    from slate_pg.cli.output import put, put_json
    from slate_pg.fleet.relocation.mark import read_marks
    from slate_pg.fleet.spares import is_spare
    from slate_pg.migrations.folders import find_format
    from slate_pg.migrations.installations import failed_jobs, migrated_by, read_all
    from slate_pg.migrations.locking import find_runners

    def read(connection: Connection) -> Found:
        states = read_all(connection, project, products)
        taken = {s.schema: said for s in states if (said := migrated_by(connection, s))}
        runners = find_runners(connection, [s.schema for s in states])
        return states, runners, failed_jobs(connection, states), taken, read_marks(connection)

    states, runners, failed, taken, marks = read_with(database, "status", read)
    spares = {s.schema for s in states if is_spare(project.product(s.product), s.schema)}
    closed = {s.schema: marks[s.schema].said for s in states if s.schema in marks}
    if as_json:
        layouts = {p.name: found.name if (found := find_format(p)) else "slate" for p in project.products}
        stated = [state_as_json(s, s.schema in spares, runners.get(s.schema), failed.get(s.schema)) for s in states]
        more = [(layouts[s.product], taken.get(s.schema), closed.get(s.schema)) for s in states]
        put_json({
            "installations": [
                {**one, "layout": layout, "migrated_by": by, "move": move}
                for one, (layout, by, move) in zip(stated, more, strict=True)
            ]
        })  # fmt: skip
    else:
        show_layouts(project)
        show_states(states, runners, failed, taken, spares)
        for schema, said in [*taken.items(), *closed.items()]:
            put(f"  {schema}: {said}")
    return all(s.is_current for s in states)


def state_as_json(state: State, spare: bool, runner: Holder | None, failed: list[str] | None) -> shapes.Installation:
    """Return one installation's state in the stable form of `status --json`."""
    return {
        "product": state.product,
        "schema": state.schema,
        "spare": spare,
        "up_to_date": state.is_current,
        "applied": [{"id": a.id, "applied_at": a.applied_at} for a in state.applied],
        "pending": [m.id for m in state.pending],
        "edited": list(state.edited),
        "edited_comments_only": list(state.recommented),
        "edited_rollback": list(state.rollback_edited),
        "forward_only": list(state.forward_only),
        "missing": list(state.missing),
        "late": list(state.late),
        "interrupted": [_interrupted(i) for i in state.interrupted],
        "gone": list(state.gone),
        "other_values": list(state.revalued),
        "stuck": {"said": state.stuck.said, "hint": state.stuck.hint} if state.stuck else None,
        "hurt": [{"kind": h.kind, "id": h.id, "said": h.said, "repair": h.repair} for h in state.hurts],
        "keeps": state.keeps,
        "apart": list(state.apart),
        "repeatable": [
            {"name": r.name, "state": r.state, "applied_at": r.row.applied_at if r.row else None}
            for r in state.repeatables
        ],
        "failed_jobs": failed or [],
        "running": {"pid": runner.pid, "user": runner.user, "query": runner.query} if runner else None,
    }


def _interrupted(one: Interrupted) -> shapes.Interrupted:
    from slate_pg.cli.progress import rows_as_json

    told: shapes.Interrupted = {
        "id": one.id, "direction": one.direction, "finished": one.finished, "total": one.total,
    }  # fmt: skip
    if one.backfill:
        told["backfill"] = rows_as_json(one.backfill)
    return told


def show_states(
    states: list[State],
    runners: dict[str, Holder],
    failed: dict[str, list[str]],
    taken: dict[str, str],
    spares: set[str],
) -> None:
    """Print one line an installation, then what is not as it should be; nothing is pending for what others migrate."""
    from slate_pg.cli.output import put, put_table

    words = {s.schema: f"spare, {s.word}" if s.schema in spares else s.word for s in states}
    words |= {schema: said.partition(",")[0] for schema, said in taken.items()}
    rows = [(s.product, s.schema, len(s.applied), len(s.pending), words[s.schema]) for s in states]
    put_table(("product", "schema", "applied", "pending", "state"), rows)
    for state in states:
        for label, names in (
            ("pending", [m.id for m in state.pending] if state.schema not in taken else []),
            ("late", state.late),
            ("edited", state.edited),
            ("comments edited", state.recommented),
            ("rollback edited", state.rollback_edited),
            ("cannot be undone", _counted(state.forward_only)),
            ("file missing", state.missing),
            (
                "under way" if state.schema in runners else "stopped half way",
                [_stopped(state, i) for i in state.interrupted],
            ),
            ("baseline", [f"{state.stuck.said}. {state.stuck.hint}"] if state.stuck else []),
            ("gone from outside its schema", state.gone),
            ("value changed", state.revalued),
            ("hurt", [h.said for h in state.hurts]),
            ("repair", dict.fromkeys(h.repair for h in state.hurts)),
            ("kept too", [f"the ledger of {state.keeps}"] if state.keeps else []),
            ("apart", _ways(state)),
            ("repeatable", _repeatable(state)),
            ("job failed", failed.get(state.schema, [])),
            ("running", [str(runners[state.schema])] if state.schema in runners else []),
        ):
            for name in names:
                put(f"  {label}: {name}")


def _ways(state: State) -> list[str]:
    """Return what another ledger says otherwise, and the command that takes that over."""
    if not state.apart:
        return []
    return [*state.apart, f"`slate adopt {state.product} --from {state.keeps}` takes over what it says"]


def _stopped(state: State, one: Interrupted) -> str:
    """Say where a script is that began and did not end, and of a backfill what to do."""
    if one.backfill is None:
        return f"{one.id} ({one.direction}: {one.finished} of {one.total})"
    other = [] if state.schema in (state.product, "public") else ["--as", state.schema]
    command = shlex.join(["slate", one.direction, state.product, *other])
    return f"{one.id} ({one.direction} of a backfill): {one.backfill}; `{command}` goes on there"


def _counted(names: tuple[str, ...]) -> list[str]:
    """Return the names, or the last and how many more there are where a whole history goes forward only."""
    return list(names) if len(names) < 4 else [f"{names[-1]} and {len(names) - 1} before it"]


def _repeatable(state: State) -> list[str]:
    """Return how many of the repeatable files are not as applied, and which; nothing where all are."""
    by_state: dict[str, list[str]] = {}
    for each in state.repeatables:
        by_state.setdefault(each.state, []).append(each.name)
    told = [f"{len(names)} {word} ({', '.join(names)})" for word, names in by_state.items() if word != "current"]
    return [", ".join(told)] if told else []


def show_layouts(project: Project) -> None:
    """Say which products' folders were taken for another tool's."""
    from slate_pg.cli.output import say
    from slate_pg.migrations.folders import taken_for

    for product in project.products:
        for note in taken_for(product):
            say(f"note: {note}")
