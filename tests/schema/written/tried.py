"""What the server says today of all that a page writes down. Writes to the test's own transaction."""

from __future__ import annotations

from collections.abc import Sequence

from slate_pg.testing.database import Database
from tests.schema.written import clones, firing, plain
from tests.schema.written.columns import Column, read_columns
from tests.schema.written.conditions import Condition, answers, read_conditions
from tests.schema.written.page import Page, Row, Trial

Columns = dict[str, dict[str, Column]]
DEFAULTS = """
    SELECT c.relname::text, a.attname::text FROM pg_attribute AS a INNER JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND (a.atthasdef OR a.attidentity <> '') AND a.attgenerated = '' AND NOT a.attisdropped"""


def table_facts(db: Database, columns: Columns, written: Page | None) -> dict[str, list[str]]:
    """Return the lines of each table. Which columns have defaults is taken from the page, where there is one. Writes."""
    clones.make_copies(db, columns)
    facts: dict[str, list[str]] = {table: [] for table in columns}
    _add(facts, plain.partition_facts(db))
    told = {(t, c) for t, c in db.rows(DEFAULTS)} if written is None else _told(written)
    for table, of_table in columns.items():
        needed = plain.needs(db, table, of_table)
        facts[table].append(f"needs {', '.join(needed)}")
        own = {column for t, column in told if t == table}
        got = plain.defaults(db, table, of_table, own, set(needed))
        facts[table] += [f"default {column}: {value}" for column, value in got.items()]
    for key in clones.read_parents(db):
        facts[key.table].append(f"parent {key.name}: {clones.parent_facts(db, key, columns)}")
    _add(facts, plain.index_facts(db))
    _add(facts, firing.trigger_facts(db, columns))
    return facts


def _add(facts: dict[str, list[str]], more: dict[str, list[str]]) -> None:
    for table, lines in more.items():
        facts.setdefault(table, []).extend(lines)


def _told(written: Page) -> set[tuple[str, str]]:
    return {(table, fact.partition(":")[0]) for table, facts in written.of("default").items() for fact in facts}


def type_facts(db: Database) -> dict[str, list[str]]:
    """Return the lines of types. Reads only."""
    return {"types": plain.enum_facts(db)}


def judge(db: Database, columns: Columns, page: Page) -> list[str]:
    """Try every trial of the page, and return those that end otherwise, with how. Writes to the copies; undone."""
    conditions = {(c.table, c.name): c for c in read_conditions(db)}
    keys = {(k.table, k.name): k for k in clones.read_keys(db)}
    wrong = [
        f"{table}: {rule} is not on the page"
        for table, rule in {**conditions, **keys}
        if (table, rule) not in page.trials
    ]
    for (table, rule), trials in page.trials.items():
        if (table, rule) in conditions:
            wrong += _by_condition(db, conditions[table, rule], columns[table], trials)
        elif (table, rule) in keys:
            wrong += _by_key(db, keys[table, rule], columns[table], trials)
        else:
            wrong.append(f"{table}: there is no rule {rule}")
    return wrong


def _by_condition(db: Database, condition: Condition, columns: dict[str, Column], trials: Sequence[Trial]) -> list[str]:
    holds, _ = condition.words
    said = answers(db, condition, [condition.text], columns, [trial.rows[0] for trial in trials])
    pairs = zip(trials, said, strict=True)
    return [
        f"{condition.table}: {condition.name} no longer {t}" for t, (told,) in pairs if told is not (t.verdict == holds)
    ]


def _by_key(db: Database, key: clones.Key, columns: dict[str, Column], trials: Sequence[Trial]) -> list[str]:
    told = zip(trials, clones.try_key(db, key, columns, [trial.rows for trial in trials]), strict=True)
    wanted = {"takes": None, "refuses": key.name}
    return [f"{key.table}: {key.name} no longer {t}" for t, by in told if by != wanted[t.verdict]]


def refuse_by_name(db: Database, page: Page, columns: Columns) -> list[str]:
    """Insert each row that a page says its table refuses, changed from a row of the demo, and return those that are not.

    Triggers of the product are off, so that the rule is what refuses. Undone.
    """
    db.execute("SELECT set_config('core.maintenance', 'on', true); SET CONSTRAINTS ALL IMMEDIATE")
    for table in columns:
        db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    tried = [
        (t, rule, trial) for (t, rule), trials in page.trials.items() for trial in trials if trial.verdict == "refuses"
    ]
    told = [
        (t, rule, trial, refuses(db, t, columns[t], trial.rows[0])) for t, rule, trial in tried if len(trial.rows) == 1
    ]
    return [f"{t}: {rule} no longer {trial}, but {by or 'takes it'}" for t, rule, trial, by in told if by != rule]


def refuses(db: Database, table: str, columns: dict[str, Column], row: Row, at: int = 0) -> str | None:
    """Insert a copy of a row of a table with these values; return what refuses it, None where nothing does. Undone."""
    names = [name for name, column in columns.items() if not column.generated]
    cells = ", ".join(row.get(name, f'"{name}"') for name in names)
    into = ", ".join(f'"{name}"' for name in names)
    return clones.refused(
        db, f"INSERT INTO {table} ({into}) OVERRIDING SYSTEM VALUE SELECT {cells} FROM {table} OFFSET {at} LIMIT 1"
    )


def all_columns(db: Database) -> Columns:
    """Return the columns of each table. Reads only."""
    return read_columns(db)
