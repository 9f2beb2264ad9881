"""Makes a disposable database count what is run in it. Writes into the database that it is handed, and nowhere else.

Functions keep their identity, owner, rights and settings: only their bodies are replaced, and on the same lines.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import psycopg
from psycopg.rows import class_row

from slate_pg.coverage import guards, privileges
from slate_pg.coverage.functions import Counting, Function, counted
from slate_pg.coverage.model import SCHEMA, Item, Key, Plan, Unmeasured
from slate_pg.coverage.places import Place, Source, find
from slate_pg.errors import FileError
from slate_pg.postgres.connection import Connection, package_sql

# One function a counter: the server itself counts its calls (track_functions), whatever is rolled back.
_COUNTERS = """
DO $do$
BEGIN
    FOR i IN 0..{last} LOOP
        EXECUTE format('CREATE FUNCTION {schema}.h%s() RETURNS boolean LANGUAGE plpgsql PARALLEL SAFE
            AS ''BEGIN RETURN false; END''', i);
    END LOOP;
END $do$
"""
_GATE = """
CREATE FUNCTION {schema}.s{number}() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS 'BEGIN RETURN NOT {schema}.h{number}(); END'
"""


# A constraint that a function's handler has caught: of a domain the type is named, of NOT NULL the column.
_CAUGHT = f"""
CREATE TABLE {SCHEMA}.refusals (schema text, "table" text, "constraint" text, "column" text, number integer);
CREATE FUNCTION {SCHEMA}.caught(state text, "in" text, relation text, domain text, named text, field text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $c$
DECLARE
    counter integer;
BEGIN
    SELECT r.number INTO counter FROM {SCHEMA}.refusals AS r
    WHERE r.schema = "in" AND r."table" = CASE relation WHEN '' THEN domain ELSE relation END
        AND CASE state WHEN '23502' THEN r."column" = field AND field <> ''
            ELSE r."constraint" = named AND named <> '' END;
    IF counter IS NOT NULL THEN EXECUTE 'SELECT {SCHEMA}.h' || counter || '()'; END IF;
    RETURN false;
END $c$
"""
_GATES = re.compile(rf"{SCHEMA}\.s(\d+)\(\)")
# What the session of the tests never sees: all of it ends with the transaction.
_SETTINGS = """
SET LOCAL search_path = ''; SET LOCAL session_replication_role = replica; SET LOCAL client_min_messages = error
"""


def instrument(connection: Connection, known: Sequence[Source] = ()) -> Plan:
    """Write counting calls into functions and conditions; return what is counted, with its lines in `known`. Writes.

    What the server refuses to take with them stays as it was and is told as unmeasured.
    """
    numbers = itertools.count()
    with connection.transaction():
        connection.execute(_SETTINGS)
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        changes, unmeasured = _counting_functions(connection, numbers.__next__)
        found = guards.read(connection, numbers.__next__)
        refusing, allowed = guards.constraints(connection), privileges.read(connection)
        if any(change.catches for _, change in changes):
            refusing = _catching(connection, refusing, numbers.__next__)
        _create_counters(connection, next(numbers), [c.statement for _, c in changes])
        unmeasured += guards.write(connection, found)
        items = [*found.items.values()]
        for function, change in changes:
            refused = _replace(connection, function, change)
            if refused:
                unmeasured.append(Unmeasured(function.schema, function.signature, refused))
            else:
                items += _placed(change.items, find(function.name, function.body, known), function.standard)
        _let_everybody(connection)
    lines = {s.name: s.place for s in known if s.text == ""}
    named = {key: _named(item, lines) for key, item in refusing.items()}
    found_items = (*(_named(i, lines) for i in items), *dict.fromkeys(named.values()), *allowed.items.values())
    return Plan(found_items, tuple(unmeasured), named, allowed)


def _catching(connection: Connection, refusing: dict[Key, Item], counter: Callable[[], int]) -> dict[Key, Item]:
    """Make what handlers of errors tell what they caught; return the constraints with a counter each. Writes."""
    counting = {item: replace(item, counters=(counter(),)) for item in dict.fromkeys(refusing.values())}
    found = {key: counting[item] for key, item in refusing.items()}
    connection.execute(_CAUGHT)
    with connection.cursor() as cursor:
        rows = [(k.schema, k.table, k.constraint, k.column, item.counters[0]) for k, item in found.items()]
        cursor.executemany(f"INSERT INTO {SCHEMA}.refusals VALUES (%s, %s, %s, %s, %s)", rows)
    return found


def _counting_functions(
    connection: Connection, counter: Callable[[], int]
) -> tuple[list[tuple[Function, Counting]], list[Unmeasured]]:
    changes, unmeasured = [], []
    cursor = connection.cursor(row_factory=class_row(Function))
    for function in cursor.execute(package_sql("coverage/functions")).fetchall():
        try:
            changes.append((function, counted(function, counter)))
        except (ValueError, FileError) as error:
            unmeasured.append(Unmeasured(function.schema, function.signature, str(error)))
    return changes, unmeasured


def _placed(items: Sequence[Item], place: Place | None, parsed: bool) -> list[Item]:
    """Return the items of a function with their lines in a file; those of a body printed anew all where it begins."""
    if place is None:
        return list(items)
    file = str(place.path)
    return [replace(i, file=file, at=place.line + (0 if parsed or not i.line else i.line - 1)) for i in items]


def _named(item: Item, lines: Mapping[str, Place]) -> Item:
    """Return a policy, trigger, CHECK or constraint with its line; anything else as it is."""
    where = lines.get(item.object) if item.kind not in ("statement", "branch") else None
    return replace(item, file=str(where.path), at=where.line) if where else item


def _create_counters(connection: Connection, count: int, statements: Iterable[str]) -> None:
    connection.execute(_COUNTERS.format(schema=SCHEMA, last=count - 1))
    gates = {int(number) for statement in statements for number in _GATES.findall(statement)}
    for number in sorted(gates):
        connection.execute(_GATE.format(schema=SCHEMA, number=number))


def _replace(connection: Connection, function: Function, change: Counting) -> str:
    """Replace a function; return why the server would not have it, or nothing."""
    said = _try(connection, change.statement)
    if said and _try(connection, function.definition):
        # Not checked as it is either: it names what is only there when it is called.
        said = _try(connection, "SET LOCAL check_function_bodies = off;" + change.statement)
        connection.execute("SET LOCAL check_function_bodies = on")
    return said


def _try(connection: Connection, statement: str) -> str:
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except psycopg.Error as error:
        return f"the server refuses it with counting calls: {error.diag.message_primary or error}"
    return ""


def _let_everybody(connection: Connection) -> None:
    """Let everybody call the counters, whatever the database's default privileges say."""
    connection.execute(
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} TO PUBLIC"
    )
