"""Where triggers fire, tried on copies of their tables with a function that only takes note."""

from __future__ import annotations

import re

from slate_pg.testing.database import Database
from tests.schema.written.clones import insert
from tests.schema.written.columns import Column

_TRIGGERS = """
    SELECT c.relname::text, t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled::text, p.proname::text,
        CASE WHEN t.tgdeferrable THEN ' at COMMIT' ELSE '' END
    FROM pg_trigger AS t INNER JOIN pg_class AS c ON c.oid = t.tgrelid INNER JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition AND c.relname !~ '^(_|yoyo_)' ORDER BY c.relname, t.tgname"""
_NOTE = """
    CREATE TABLE tried.fired (n bigint GENERATED ALWAYS AS IDENTITY, name text, at text, level text, event text);
    CREATE FUNCTION tried.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO tried.fired (name, at, level, event)
        VALUES (TG_NAME, lower(TG_WHEN), lower(TG_LEVEL), current_setting('tried.event'));
        RETURN coalesce(NEW, OLD);
    END $$"""
_SWITCHED = {"O": "", "D": " disabled", "R": " for replicas only", "A": " for replicas too"}


def trigger_facts(db: Database, columns: dict[str, dict[str, Column]]) -> dict[str, list[str]]:
    """Return by table what runs each trigger: INSERT, DELETE, TRUNCATE, an UPDATE of each column alone. Writes to the copies."""
    db.execute(_NOTE)
    calls: dict[str, dict[str, str]] = {}
    for table, name, definition, enabled, function, late in db.rows(_TRIGGERS):
        made = re.sub(r" ON (ONLY )?\S+ ", f" ON tried.{table} ", definition, count=1)
        made = re.sub(r" EXECUTE FUNCTION .*$", " EXECUTE FUNCTION tried.note()", made, flags=re.DOTALL)
        db.execute(re.sub(r" WHEN \(.*\) EXECUTE", " EXECUTE", made, flags=re.DOTALL))
        calls.setdefault(table, {})[name] = f"{function}(){late}{_SWITCHED[enabled]}"
    return {table: _fired(db, table, columns[table], named) for table, named in calls.items()}


def _fired(db: Database, table: str, columns: dict[str, Column], calls: dict[str, str]) -> list[str]:
    """Return what fired for each kind of statement on one copy."""
    written = [name for name, column in columns.items() if not column.generated]
    row = {name: columns[name].ordinary() for name in written}
    db.execute("TRUNCATE tried.fired")
    _run(db, "INSERT", insert(table, columns, row))
    for name in written:
        _run(db, name, f'UPDATE tried.{table} SET "{name}" = "{name}"')
    _run(db, "DELETE", f"DELETE FROM tried.{table}")
    _run(db, "TRUNCATE", f"TRUNCATE tried.{table}")
    seen: dict[str, tuple[str, str, list[str]]] = {}
    for name, at, level, event in db.rows("SELECT name, at, level, event FROM tried.fired ORDER BY n"):
        seen.setdefault(name, (at, level, []))[2].append(event)
    facts = []
    for name, call in calls.items():
        at, level, events = seen.get(name, ("never", "", []))
        facts.append(f"trigger {name} {at} each {level}: {', '.join(_summed(events, written))}: {call}")
    return facts


def _run(db: Database, event: str, statement: str) -> None:
    told = f"SELECT set_config('tried.event', '{event}', true)"
    db.execute(f"{told}; {statement}; SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _summed(events: list[str], columns: list[str]) -> list[str]:
    """Return the events, an UPDATE with its columns unless it is of any."""
    of = [name for name in columns if name in events]
    update = ["UPDATE"] if of == columns else [f"UPDATE of {' '.join(of)}"] if of else []
    return [e for e in ("INSERT",) if e in events] + update + [e for e in ("DELETE", "TRUNCATE") if e in events]
