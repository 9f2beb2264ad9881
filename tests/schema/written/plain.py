"""What else is tried of a table (columns that are needed, defaults), and what is written of types, partitions, indexes."""

from __future__ import annotations

from slate_pg.testing.database import Database
from tests.schema.written.columns import Column, as_select

_ENUMS = """
    SELECT t.typname::text, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_type AS t INNER JOIN pg_enum AS e ON e.enumtypid = t.oid
    WHERE t.typnamespace = current_schema()::regnamespace GROUP BY t.typname ORDER BY t.typname"""
_PARTITIONED = """
    SELECT c.relname::text, pg_get_partkeydef(c.oid), p.partdefid <> 0
    FROM pg_partitioned_table AS p INNER JOIN pg_class AS c ON c.oid = p.partrelid
    WHERE c.relnamespace = current_schema()::regnamespace ORDER BY c.relname"""
_INDEXES = """
    SELECT t.relname::text, i.relname::text, substring(pg_get_indexdef(x.indexrelid) FROM ' USING (.*)$')
    FROM pg_index AS x INNER JOIN pg_class AS i ON i.oid = x.indexrelid INNER JOIN pg_class AS t ON t.oid = x.indrelid
    WHERE t.relnamespace = current_schema()::regnamespace AND NOT x.indisunique AND x.indisvalid AND NOT t.relispartition
        AND t.relname !~ '^(_|yoyo_)' ORDER BY t.relname, i.relname"""


def enum_facts(db: Database) -> list[str]:
    """Return the values of each enum, in their order. Reads only."""
    return [f"enum {name}: {', '.join(labels)}" for name, labels in db.rows(_ENUMS)]


def partition_facts(db: Database) -> dict[str, list[str]]:
    """Return by table how it is divided, and whether a row of no part has a place. Reads only."""
    return {
        name: [f"divided by {key}, {'a row of no part is kept' if rest else 'a row of no part is refused'}"]
        for name, key, rest in db.rows(_PARTITIONED)
    }


def index_facts(db: Database) -> dict[str, list[str]]:
    """Return by table what rows are found by, beside its keys. Reads only."""
    found: dict[str, list[str]] = {}
    for table, name, how in db.rows(_INDEXES):
        found.setdefault(table, []).append(f"index {name}: {how}")
    return found


def needs(db: Database, table: str, columns: dict[str, Column]) -> list[str]:
    """Return the columns without which a row is refused, each left out of a copy with NOT NULL alone. Undone."""
    written = {name: column for name, column in columns.items() if not column.generated}
    full = {name: column.ordinary() for name, column in written.items()}
    needed = []
    with db.connection.transaction(force_rollback=True):
        db.execute(f"CREATE TABLE tried.whole (LIKE {table})")
        names = ", ".join(f'"{name}"' for name in full)
        body = "\n".join(
            f"""BEGIN INSERT INTO tried.whole ({names}) {as_select(written, {**full, name: "NULL"})};
            EXCEPTION WHEN not_null_violation THEN GET STACKED DIAGNOSTICS missing = COLUMN_NAME; told := told || missing; END;"""
            for name in full
        )
        db.execute(
            f"""CREATE FUNCTION tried.needed() RETURNS text[] LANGUAGE plpgsql AS $body$
            DECLARE told text[] := '{{}}'; missing text; BEGIN {body} RETURN told; END $body$"""
        )
        needed = db.value("SELECT tried.needed()")
    return list(needed)


def defaults(db: Database, table: str, columns: dict[str, Column], told: set[str], needed: set[str]) -> dict[str, str]:
    """Return what each column gets of itself, in a copy with defaults: its value, `now`, or `another each time`.

    Columns in `needed` are given a value unless `told`, those with a default. Undone.
    """
    given = {n: c.ordinary() for n, c in columns.items() if n in needed - told and not c.generated}
    with db.connection.transaction(force_rollback=True):
        db.execute(f"CREATE TABLE tried.whole (LIKE {table} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY)")
        for name in told & needed:
            db.execute(
                f'ALTER TABLE tried.whole ALTER "{name}" DROP NOT NULL' if not _identity(db, name) else "SELECT 1"
            )
        names = ", ".join(f'"{name}"' for name in given)
        statement = (
            f"INSERT INTO tried.whole ({names}) OVERRIDING USER VALUE {as_select(columns, given)}"
            if given
            else "INSERT INTO tried.whole DEFAULT VALUES"
        )
        for _ in range(2):
            db.execute(statement)
        cells = ", ".join(
            f'"{name}"::text, "{name}" IS NOT DISTINCT FROM {_now(column)}' for name, column in columns.items()
        )
        one, two = db.rows(f"SELECT {cells} FROM tried.whole")
    found = {}
    for number, name in enumerate(columns):
        value, other, now = one[2 * number], two[2 * number], one[2 * number + 1]
        if name not in given and value is not None and not columns[name].generated:
            found[name] = "now" if now else repr(value) if value == other else "another each time"
    return found


def _identity(db: Database, name: str) -> bool:
    found = "SELECT attidentity <> '' FROM pg_attribute WHERE attrelid = 'tried.whole'::regclass AND attname = %s"
    return bool(db.value(found, name))


def _now(column: Column) -> str:
    moment = {"timestamp with time zone": "now()", "date": "(now() AT TIME ZONE 'UTC')::date"}
    return moment.get(column.type, "NULL")
