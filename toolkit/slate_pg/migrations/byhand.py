"""Writes what a run would send as one file that a DBA can read and run with psql, ledger rows included.

Reads only. Locks, transactions, settings and journal are the runner's; what it decides while it works (waiting for a
quiet moment, going on where a script stopped) a file cannot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from psycopg import sql

from slate_pg.errors import Busy, FileError
from slate_pg.migrations import keeping, ledger, several
from slate_pg.migrations.backfill.progress import Row
from slate_pg.migrations.conditions import as_plpgsql
from slate_pg.migrations.directives import AFTER, BEFORE, read_conditions
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.journal import NOW, Journal, checksums
from slate_pg.migrations.run import Run
from slate_pg.migrations.session import is_of_session
from slate_pg.migrations.state import State
from slate_pg.migrations.stepwise import is_alone, waits_patiently
from slate_pg.migrations.upgrade import transactions
from slate_pg.migrations.wreckage import passed_over
from slate_pg.postgres.connection import FORGET, Connection, package_sql, timeout_guard
from slate_pg.postgres.pins import session_settings
from slate_pg.postgres.prescan import may_lift_lock_timeout
from slate_pg.postgres.psqltext import HEAD, dollar_quoted, statements_for_psql
from slate_pg.postgres.statements import normalised

# What only the one who runs the file knows: who it is, and how long it took.
_WHO = sql.SQL("session_user")
_TOOK = sql.SQL("extract(EPOCH FROM pg_catalog.clock_timestamp() - pg_catalog.now()) * 1000")


def head(connection: Connection, command: str) -> str:
    """Return the beginning of a file: what it is, how it is run, and the session as the runner opens it."""
    info = connection.info
    return "\n".join(
        (
            f"-- What `{_plain(command)}` would run on database {_plain(info.dbname)} as role {_plain(info.user)}.",
            f"-- Run it there as that role, on PostgreSQL {info.server_version // 10000}:  psql -X -f THIS_FILE",
            "-- It stops at the first failure, and before it does anything where the database is no longer as it was.",
            "",
            *HEAD,
            "",
            *_lines(session_settings(info.server_version)),
            "",
        )
    )


def apply_file(run: Run, state: State, chosen: Sequence[Migration], more: str = "") -> str:
    """Return what `apply` would send to one installation, `more` behind it. Busy for what stopped half way. Reads."""
    _refuse_stopped(state)
    made = transactions(run.connection, state.schema, state.version, run.patience.lock_timeout_ms)
    parts = [f"-- The ledger of {_plain(state.schema)}.\n{text};\n" for text in made]
    if schemas := several.statements(run.connection, run.product):
        parts.append(f"-- Its schemas.\nBEGIN;\n{schemas}\nCOMMIT;\n")
    for migration in chosen:
        record = ledger.record_by_hand(
            run.connection, state.schema, migration, _TOOK if migration.apply.transactional else None, _WHO
        )
        parts.append(_script(run, migration.id, migration.apply, "apply", record))
    parts += [more] if more else []
    title = f"{state.product} ({state.schema}): {len(chosen)} to apply"
    return _ask_secrets([m.apply for m in chosen]) + _guarded(run, state, title, parts)


def rollback_file(run: Run, state: State, scripts: Sequence[tuple[str, Script]]) -> str:
    """Return what `rollback` would send to one installation. Reads only."""
    _refuse_stopped(state)
    made = transactions(run.connection, state.schema, state.version, run.patience.lock_timeout_ms) if scripts else []
    parts = [f"-- The ledger of {_plain(state.schema)}.\n{text};\n" for text in made]
    for name, script in scripts:
        record = ledger.record_rollback(run.connection, state.schema, name, _WHO)
        parts.append(_script(run, name, script, "rollback", record))
    title = f"{state.product} ({state.schema}): {len(scripts)} to roll back"
    return _ask_secrets([script for _, script in scripts]) + _guarded(run, state, title, parts)


def _ask_secrets(scripts: Sequence[Script]) -> str:
    """Return statements that psql refuses, before it has done anything, where it was not given a secret."""
    names = dict.fromkeys(name for script in scripts for name in script.secrets)
    given = " ".join(f"-v {name}=…" for name in names)
    asked = "".join(f"SELECT WHERE :'{name}' IS NULL;\n" for name in names)
    return f"-- Secrets are not in here: give them to psql, {given}\n{asked}\n" if names else ""


def repeated(run: Run, statements: Sequence[str], records: Sequence[str]) -> str:
    """Return the transaction of the repeatable files with its ledger rows, as psql takes it. Pure."""
    own = "\n".join(["RESET ALL;", *_lines(session_settings(run.connection.info.server_version)), ""])
    text = "".join(part for _, part in statements_for_psql(";\n".join(statements) + ";\n")).replace("RESET ALL;\n", own)
    opening = "".join(f"{setting};\n" for setting in run.opening)
    rows = "".join(f"{record.strip()}\n" for record in records)
    return (
        f"-- the repeatable files\nBEGIN;\n{text}RESET SESSION AUTHORIZATION;\n{opening}{rows}COMMIT;\n{_forget(run)}"
    )


def _refuse_stopped(state: State) -> None:
    """Busy for a script that stopped half way."""
    if state.interrupted:
        stopped = state.interrupted[0]
        raise Busy(
            f"{stopped.direction} of {stopped.id} stopped {stopped.where}: what is "
            "still to do depends on what it left, and cannot be written down",
            hint=f"`slate {stopped.direction} {state.product}` goes on there.",
        )


def _guarded(run: Run, state: State, title: str, parts: list[str]) -> str:
    """Return the parts between taking and freeing the installation's lock; what is not as it was is refused before."""
    said = f"-- {_plain(title)}\n"
    if not parts:
        return said
    key = ledger.lock_key(state.schema)
    busy = _raise(run, "another slate is at work on %", state)
    lock = f"  IF NOT pg_catalog.pg_try_advisory_lock({key}) THEN\n    {busy}\n  END IF;\n"
    body = f"BEGIN\n{lock}{_unchanged(run, state)}END"
    free = f"BEGIN\n  PERFORM pg_catalog.pg_advisory_unlock({key});\nEND"
    return f"{said}DO {dollar_quoted(body)};\n\n" + "\n".join(parts) + f"\nDO {dollar_quoted(free)};\n"


def _raise(run: Run, text: str, state: State) -> str:
    """Return RAISE with the installation's name for the text's %."""
    name = sql.Literal(state.schema).as_string(run.connection)
    return f"RAISE EXCEPTION '{text}', {name} USING HINT = 'Nothing of it was done. Have it printed anew.';"


def _unchanged(run: Run, state: State) -> str:
    """Return PL/pgSQL that raises where the installation's ledger does not say what it says now. Reads only."""
    if state.version == ledger.VERSION:
        query = ledger.format_sql(run.connection, state.schema, package_sql("migrations/ledger/digest").rstrip(";\n"))
        row = run.connection.execute(query.encode()).fetchone()
        condition = f"({query}) IS DISTINCT FROM {sql.Literal(row[0] if row else None).as_string(run.connection)}"
    else:
        named = sql.Identifier(state.schema, "_slate_ledger").as_string(run.connection)
        condition = f"pg_catalog.to_regclass({sql.Literal(named).as_string(run.connection)}) IS NOT NULL"
    return f"  IF {condition} THEN\n    {_raise(run, 'the ledger of % is not as it was', state)}\n  END IF;\n"


def _script(run: Run, name: str, script: Script, direction: str, record: str) -> str:
    """Return one script with its ledger entry. FileError names the file."""
    title = f"-- {direction} {_plain(name)}\n"
    if script.is_big:
        raise FileError(
            f"{script.path} is big, and is not printed: its rows would be held in memory",
            hint=f"Let slate run it, up to it and from behind it: `slate apply --to {name}`.",
        )
    try:
        record += f";\n{keeping.record(run.kept, name, direction, _TOOK if script.transactional else None)}".rstrip(
            ";\n"
        )
        if script.transactional:
            return title + _in_one(run, script, record)
        if script.is_backfill:
            return title + _in_batches(run, name, direction, script, record)
        return title + _step_by_step(run, name, direction, script, record)
    except FileError as error:
        raise FileError(f"{script.path}: {error.message}", hint=error.hint, where=error.where) from error
    finally:
        for keeper in run.kept:
            keeper.accept(name, direction)


def _in_one(run: Run, script: Script, record: str) -> str:
    """Return a transactional script: settings, statements and ledger row between BEGIN and COMMIT."""
    guard = f"{timeout_guard(run.patience.lock_timeout_ms)};\n"
    opening = "".join(f"{setting};\n" for setting in run.opening)
    encoding = "SET LOCAL client_encoding = 'UTF8';\n" if "client_encoding" in script.text.lower() else ""
    parts = [f"BEGIN;\n{opening}", _conditions(run, script, BEFORE)]
    for _, text in statements_for_psql(script.kept or script.text, script.secrets):
        parts += [text, guard if may_lift_lock_timeout(text) else ""]
    parts += [_refuse_invalid(run, index) for index in passed_over(script.text)]
    parts.append(f"RESET SESSION AUTHORIZATION;\n{encoding}{opening}{_conditions(run, script, AFTER)}")
    parts.append(f"{record.strip()};\nCOMMIT;\n{_forget(run)}")
    return "".join(parts)


def _refuse_invalid(run: Run, index: str) -> str:
    """Return a statement that raises where an index of that name is INVALID, as the runner does."""
    named = sql.Literal(index).as_string(run.connection)
    body = (
        "BEGIN\n  IF EXISTS (\n    SELECT FROM pg_catalog.pg_index\n"
        f"    WHERE indexrelid = pg_catalog.to_regclass({named}) AND NOT indisvalid\n  ) THEN\n"
        f"    RAISE EXCEPTION 'the index % is there and INVALID, so IF NOT EXISTS builds nothing', {named};\n"
        "  END IF;\nEND"
    )
    return f"DO {dollar_quoted(body)};\n"


def _in_batches(run: Run, name: str, direction: str, script: Script, record: str) -> str:
    """Return a backfill: a loop with a COMMIT behind each batch, then the ledger row."""
    from slate_pg.migrations.backfill.byhand import as_loop

    opening = "".join(f"{setting};\n" for setting in run.opening)
    asked = (_conditions(run, script, when) for when in (BEFORE, AFTER))
    before, after = (f"BEGIN;\n{opening}{text}ROLLBACK;\n" if text else "" for text in asked)
    settings = f"{opening.replace('SET LOCAL', 'SET')}{_bound_waits(run, True)}"
    loop = as_loop(run, name, direction, script)
    done = Row(run.connection, run.product, name, direction).finish()
    return f"{before}{settings}{loop}{_forget(run)}{after}BEGIN;\n{record.strip()};\n{done}\nCOMMIT;\n"


def _step_by_step(run: Run, name: str, direction: str, script: Script, record: str) -> str:
    """Return a non-transactional script: each statement between its marks in the journal, then the ledger row."""
    statements = statements_for_psql(script.kept or script.text, script.secrets)
    journal = Journal(run.connection, run.product, name, direction, *keeping.beside(run.kept, name, direction))
    total = sum(not is_of_session(statement) for statement, _ in statements)
    marks = _as_runner(script.text)
    opening = "".join(f"{setting};\n" for setting in run.opening)
    asked = {when: _conditions(run, script, when) for when in (BEFORE, AFTER)}
    apart = {when: f"BEGIN;\n{opening}{text}ROLLBACK;\n" if text else "" for when, text in asked.items()}
    parts = [apart[BEFORE], opening.replace("SET LOCAL", "SET")]
    for number, (statement, text) in enumerate(statements, 1):
        if is_of_session(statement):
            parts.append(text)
            continue
        known = checksums(statement)[0]
        done = f"{marks}{journal.mark(number, total, statement, known, NOW, None)}\nCOMMIT;\n"
        plain = normalised(statement.text)
        parts.append(_bound_waits(run, waits_patiently(plain)))
        parts += [_refuse_invalid(run, index) for index in passed_over(statement.text)]
        if is_alone(statement):
            begun = f"BEGIN;\n{marks}{journal.mark(number, total, statement, known, 'NULL', None)}\nCOMMIT;\n"
            parts.append(f"{begun}{text}BEGIN;\n{done}")
        else:
            parts.append(f"BEGIN;\n{text}{done}")
    parts.append(f"{_forget(run)}{apart[AFTER]}BEGIN;\n{record.strip()};\n{journal.clear()}\nCOMMIT;\n")
    return "".join(parts)


def _conditions(run: Run, script: Script, when: str) -> str:
    """Return statements that raise where a condition of that moment is not met, and that leave nothing."""
    bodies = [
        as_plpgsql(c, sql.Literal(c.query).as_string(run.connection).strip())
        for c in read_conditions(script)
        if c.when == when
    ]
    asked = "".join(f"DO {dollar_quoted(body)};\n" for body in bodies)
    return asked and (
        f"SAVEPOINT slate_condition;\nSET LOCAL transaction_read_only = on;\n{asked}"
        "ROLLBACK TO SAVEPOINT slate_condition;\nRELEASE SAVEPOINT slate_condition;\n"
    )


def _as_runner(text: str) -> str:
    """Return what a mark is written under: the runner's own role and UTF-8, where the script may have set others."""
    became = re.search(r"\b(?:role|authorization)\b", text, re.I)
    own = "SET LOCAL SESSION AUTHORIZATION DEFAULT;\nSET LOCAL ROLE NONE;\n" if became else ""
    return own + ("SET LOCAL client_encoding = 'UTF8';\n" if "client_encoding" in text.lower() else "")


def _bound_waits(run: Run, patiently: bool) -> str:
    """Return a statement that bounds the waits for locks, unless the script has set a bound of its own."""
    short = run.patience.lock_timeout_ms
    long = max(short, int(run.patience.wait_seconds * 1000))
    return (
        f"SELECT pg_catalog.set_config('lock_timeout', '{long if patiently else short}ms', false)\n"
        "FROM pg_catalog.pg_settings\n"
        f"WHERE name = 'lock_timeout' AND setting IN ('0', '{short}', '{long}');\n"
    )


def _forget(run: Run) -> str:
    """Return what puts the session back as it was opened, whatever a script has left in it."""
    return f"{FORGET};\n" + "\n".join(_lines(session_settings(run.connection.info.server_version))) + "\n"


def _lines(settings: Sequence[str], width: int = 100) -> list[str]:
    """Return statements as few lines."""
    lines = [""]
    for statement in settings:
        if len(lines[-1]) + len(statement) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {statement};".strip()
    return lines


def _plain(text: str) -> str:
    """Return a name as a comment can bear it: on one line."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", "?", text)
