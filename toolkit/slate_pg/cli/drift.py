"""`slate drift`: the live database against what its ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, Form, Json, Migrations, Products
from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.catalog.compare import Difference
    from slate_pg.checks.drift import Drift
    from slate_pg.cli.shapes import findings as shapes
    from slate_pg.cli.shapes.common import Hurt as Stated
    from slate_pg.cli.shapes.common import Identity
    from slate_pg.config import Project
    from slate_pg.migrations.hurts import Hurt
    from slate_pg.migrations.integrity import Mismatch
    from slate_pg.postgres.connection import Connection


def drift(
    products: Products = None,
    database: Database = None,
    migrations: Migrations = None,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the statements that bring it back, the gravest first. Runs none.")
    ] = False,
    form: Form = "text",
    as_json: Json = False,
) -> None:
    """Compare a live database with what its ledger says it should be, object by object. Exit 3 when it differs."""
    from slate_pg.checks.drift import find_drift
    from slate_pg.checks.findings import Finding, in_form
    from slate_pg.cli.output import put, put_json, say
    from slate_pg.migrations.hurts import ROLLBACK_TEXT, TEXT
    from slate_pg.migrations.installations import find_hurts

    form = "json" if as_json else form
    in_form([], form)
    project = project_if_any(migrations)
    with opened(database, "drift") as connection:
        hurts = find_hurts(connection, project, products or []) if project else []
        if any(hurt.kind not in (TEXT, ROLLBACK_TEXT) for hurt in hurts):
            show_hurts(hurts, form)
            raise AnswerIsNo
        found = find_drift(connection, schemas_of(connection, project, products or []), project)
        if sql and form == "text" and not found.tampered:
            put_statements(connection, project, found)
    for note in found.notes:
        say(f"note: {note}")
    if form == "json":
        put_json(
            {
                "schemas": found.schemas,
                "migrations": found.migrations,
                "tampered": [_tampered(mismatch) for mismatch in found.tampered],
                "differences": [_difference(difference) for difference in found.differences],
            }
        )
    tampered = [(m.severity, str(m)) for m in found.tampered]
    if form == "text":
        for severity, said in (*tampered, *(() if sql else ((d.severity, str(d)) for d in found.differences))):
            put(f"{severity:<12} {said}")
    elif form != "json":
        rows = [Finding("", 0, "tampered", "", str(m), m.severity) for m in found.tampered]
        rows += [Finding("", 0, "drift", "", str(d), d.severity) for d in found.differences]
        if text := in_form(rows, form):
            put(text)
    if found.tampered:
        say("nothing was replayed or compared: find out who wrote to the ledger, or put the files back")
        say_repairs(hurts)
        raise AnswerIsNo
    count = len(found.differences)
    alike = f"; {found.alike} more installations are in the same states and look the same" if found.alike else ""
    say(f"{found.migrations} migrations rebuilt, {count or 'no'} difference{'' if count == 1 else 's'}{alike}")
    if count:
        raise AnswerIsNo


def put_statements(connection: Connection, project: Project | None, found: Drift) -> None:
    """Print what brings each installation back, each difference in front of its statements. Reads only."""
    from slate_pg.cli.output import put
    from slate_pg.draft.text import undoing_text
    from slate_pg.draft.undoing import undo_drift

    for schema in found.schemas if found.differences else []:
        path, undoings = undo_drift(connection, schema, project)
        if undoings:
            put(f"{path}\n")
        for undoing in undoings:
            put(undoing_text(undoing.differences, undoing.steps, undoing.unsaid))


def _tampered(mismatch: Mismatch) -> shapes.Tampered:
    return {
        "schema": mismatch.schema, "id": mismatch.id, "script": mismatch.script, "which": mismatch.which,
        "severity": mismatch.severity, "said": str(mismatch),
    }  # fmt: skip


def _difference(one: Difference) -> shapes.Difference:
    return {
        "object": str(one.object), "attribute": one.attribute, "expected": one.expected, "found": one.found,
        "severity": one.severity, "identity": cast("Identity", one.object.fields),
    }  # fmt: skip


def show_hurts(hurts: list[Hurt], form: str) -> None:
    """Say what the ledgers lack, and what puts it back: what they say is no measure then."""
    from slate_pg.checks.findings import Finding, in_form
    from slate_pg.cli.output import put, put_json, say

    if form == "json":
        stated: list[Stated] = [{"kind": h.kind, "id": h.id, "said": h.said, "repair": h.repair} for h in hurts]
        put_json({"schemas": [], "migrations": 0, "tampered": [], "differences": [], "hurt": stated})
    elif form == "text":
        for hurt in hurts:
            put(f"{'hurt':<12} {hurt.said}")
    else:
        put(in_form([Finding("", 0, "hurt", "", f"{h.said}; {h.repair}", "security") for h in hurts], form))
    say("nothing was replayed or compared")
    say_repairs(hurts)


def say_repairs(hurts: list[Hurt]) -> None:
    """Offer the command that puts right what a ledger lacks."""
    from slate_pg.cli.output import say
    from slate_pg.migrations.belonging import say_repair

    for sentence in dict.fromkeys(map(say_repair, hurts)):
        say(sentence)


def project_if_any(migrations: str | None) -> Project | None:
    """Return the project; None where there is none and none was asked for: a ledger needs no files."""
    from slate_pg.errors import Misuse

    try:
        return project_of(migrations)
    except Misuse:
        if migrations:
            raise
        return None


def schemas_of(connection: Connection, project: Project | None, names: list[str]) -> list[str]:
    """Return the schemas meant by names of products or of schemas; every installation of a product."""
    from slate_pg.migrations.installations import read_all

    if project is None or not names:
        return names
    products = [name for name in names if name in {p.name for p in project.products}]
    states = read_all(connection, project, products) if products else []
    return list(dict.fromkeys([s.schema for s in states if s.applied] + [n for n in names if n not in products]))
