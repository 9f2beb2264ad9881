"""Writes the pages anew: `python -m tests.schema.written URL [PRODUCT…]`, URL of a database with demo data.

Reads the database and rolls back what it tries; writes the pages.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import psycopg

from slate_pg.config import find_project
from slate_pg.testing.database import Database
from tests.schema.written import clones, search, tried
from tests.schema.written.conditions import read_conditions
from tests.schema.written.page import Page, Trial, path_of, render


def seen(db: Database, table: str, columns: tried.Columns) -> dict[str, list[str]]:
    """Return values of a table's texts and JSON that are there, the short ones. Reads only."""
    found = {}
    for name, column in columns[table].items():
        few = {"jsonb": 3, "json": 3, "text": 1, "character varying": 1}.get(column.type, 0)
        rows = db.rows(
            f'SELECT DISTINCT quote_literal("{name}") AS q FROM {table} WHERE length("{name}"::text) BETWEEN 3 AND 300 '
            f"ORDER BY q LIMIT {few}"
        )
        found[name] = [text for (text,) in rows if "; " not in text and " | " not in text]
    return found


def page_of(db: Database) -> Page:
    """Return what the page of the schema in the path should say. Writes to the transaction."""
    columns = tried.all_columns(db)
    page = Page({**tried.table_facts(db, columns, None), **tried.type_facts(db)})
    for condition in read_conditions(db):
        found = search.trials(db, condition, columns[condition.table], seen(db, condition.table, columns))
        page.trials[condition.table, condition.name] = found
    for key in clones.read_keys(db):
        page.trials[key.table, key.name] = clones.key_trials(db, key, columns[key.table])
    _name_refusals(db, page, columns)
    return page


def _name_refusals(db: Database, page: Page, columns: tried.Columns) -> None:
    """Mark what the table itself refuses by the rule's name, where no other rule is asked before it."""
    tried.refuse_by_name(db, Page(), columns)
    for (table, rule), trials in page.trials.items():
        page.trials[table, rule] = [_named(db, table, rule, trial, columns) for trial in trials]


def _named(db: Database, table: str, rule: str, trial: Trial, columns: tried.Columns) -> Trial:
    """Return the trial, `refuses` if a copy of whichever row of the demo is refused by the rule's name. Undone."""
    if trial.verdict != "refuses by itself":
        return trial
    rows = min(db.value(f"SELECT count(*) FROM {table}"), 10) or 1
    told = {tried.refuses(db, table, columns[table], trial.rows[0], at) for at in range(rows)}
    return replace(trial, verdict="refuses") if told == {rule} else trial


def main(url: str, *names: str) -> None:
    """Write the page of each product named, of all when none is."""
    project = find_project()
    with psycopg.connect(url) as connection:
        db = Database(connection, project)
        for product in project.select(list(names)):
            if product.name != project.shared:
                db.use(product.name)
                path_of(product.name).write_text(render(product.name, page_of(db)), "utf-8")
                connection.rollback()


if __name__ == "__main__":
    main(*sys.argv[1:])
