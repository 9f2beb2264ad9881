"""Turns what the server said about a failed statement into an error that shows the place and the way out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import psycopg

from slate_pg.config import REPEATABLE, Product
from slate_pg.errors import MigrationFailed, Where
from slate_pg.migrations.backfill.progress import ways_on
from slate_pg.migrations.files import Script
from slate_pg.migrations.locking import LOST
from slate_pg.postgres import pins
from slate_pg.postgres.connection import Connection, ScriptFailed, package_sql, send
from slate_pg.postgres.failures import SessionEnded
from slate_pg.postgres.statements import Place

_QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True)
class Attempt:
    """What was tried: a script, and what the command and, without a transaction, the script itself were through with.

    `begun` has number, text and whether finished of each journaled statement, `rows` how many a backfill under way is
    through with; `before` the migrations before this one.
    """

    product: Product
    name: str
    script: Script
    direction: str = "apply"
    begun: Sequence[tuple[int, str | None, bool]] = ()
    before: tuple[str, ...] = ()
    rows: int | None = None

    @property
    def again(self) -> str:
        """The command that tries again."""
        other = f" --as {shlex.quote(self.product.schema)}" if self.product.named else ""
        return f"`slate {self.direction} {self.product.name}{other}`"


def explain(connection: Connection, attempt: Attempt, failure: ScriptFailed) -> MigrationFailed:
    """Return the error for a migration whose statement the server refused. Ends the transaction; reads names."""
    error, diag, script = failure.error, failure.error.diag, attempt.script
    if LOST in str(error):
        return _freed(script, failure.offset)
    at_commit = failure.offset >= script.end
    where = script.place(failure.offset)
    column = f":{where.column}" if failure.exact else ""
    spot = f"the commit of {script.path}" if at_commit and not failure.exact else f"{script.path}:{where.line}{column}"
    message = (diag.message_primary or str(error)).strip()
    detail = [f"       {message} ({error.sqlstate or 'no code'})"]
    if not at_commit or failure.exact:
        detail += _excerpt(where, failure.exact)
    if failure.row is not None:
        row = script.place(failure.row)
        detail.append(f"       row: {script.path}:{row.line}: {row.text[:160]}")
    detail += [f"       {label}: {text}" for label, text in _context(diag) if text]
    detail += [
        f"       {'done' if done else 'begun'}: statement {n}: {_short(text)}" for n, text, done in attempt.begun
    ]
    return MigrationFailed(
        f"{attempt.name} failed at {spot}",
        detail=detail,
        hint=_hint(connection, attempt, error),
        where=Where(str(script.path), where.line, where.column if failure.exact else 0, message, error.sqlstate or ""),
    )


def _freed(script: Script, offset: int) -> MigrationFailed:
    """Return the error for a script that has freed the runner's lock, by something it calls."""
    where = script.place(0 if script.transactional else offset)
    at = str(script.path) if script.transactional else f"{script.path}:{where.line}"
    left = "Nothing of it was done." if script.transactional else "`slate status` says how far it came."
    return MigrationFailed(
        f"{at} freed the runner's lock, so that another could have begun the same",
        hint=f"{left} Look in what it calls for pg_advisory_unlock_all(), or pg_advisory_unlock() with a key that is "
        "not its own.",
        where=Where(str(script.path), where.line, 0, "freed the runner's lock"),
    )


def ended(script: Script, failure: ScriptFailed) -> SessionEnded:
    """Return the error for a script in whose midst the session ended. Pure."""
    where = script.place(failure.offset)
    said = str(failure.error).strip().splitlines()[0]
    return SessionEnded(said, Where(str(script.path), where.line, 0, said, failure.error.sqlstate or ""))


def _short(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if len(line) <= 100 else line[:99] + "…"


def _excerpt(where: Place, exact: bool) -> list[str]:
    """Return the line, at most 160 characters of it around the column, and a caret below where the place is exact."""
    first = max(0, where.column - 80 - where.shift)
    # A tab would take the caret out from under its word.
    shown = [f"{where.line:>5} | {where.text[first : first + 160]}".replace("\t", " ")]
    return [*shown, "      | " + " " * (where.column - 1 - where.shift - first) + "^"] if exact else shown


def _context(diag: psycopg.errors.Diagnostic) -> list[tuple[str, str | None]]:
    return [
        ("detail", diag.message_detail),
        ("context", diag.context and diag.context.splitlines()[0]),
        ("constraint", diag.constraint_name),
        ("server hint", diag.message_hint),
    ]


def _hint(connection: Connection, attempt: Attempt, error: psycopg.Error) -> str:
    again = f"fix the file and run {attempt.again} again."
    if attempt.begun:
        return _ways_out(attempt)
    if attempt.rows is not None:
        return ways_on(attempt.product, attempt.name, attempt.direction, attempt.rows)
    done = _left(attempt)
    if error.sqlstate == "25001":
        return f"Such a statement needs a file of its own with the line `-- transactional: false` at its top; {again}"
    if error.sqlstate == "57014" and "timeout" not in (error.diag.message_primary or ""):
        english = "user request" in (error.diag.message_primary or "")  # lc_messages has it in another language
        who = "Somebody cancelled" if english else "A statement_timeout, or somebody, cancelled"
        return f"{who} the statement (pg_cancel_backend). {done}run {attempt.again} again."
    if reason := _ended_by(error, attempt.script):
        return f"{reason} {done}{again}"
    if "unrecognized configuration parameter" in (error.diag.message_primary or ""):
        return f"This server has no such setting; if a newer pg_dump wrote the line, delete it. {done}{again}"
    if error.sqlstate in ("2BP01", "0A000") and (attempt.product.migrations / REPEATABLE).is_dir():
        return (
            "Where what depends is made by a repeatable file, drop it in the migration (DROP … IF EXISTS): its file is "
            f"run again behind it. {done}{again}"
        )
    near = _nearest(connection, attempt.product, error)
    return f"{near}{done}{again}"


def _left(attempt: Attempt) -> str:
    """Say what the command has changed so far: nothing, or what was before this migration."""
    word = "undone" if attempt.direction == "rollback" else "applied"
    if not attempt.before:
        return f"Nothing was {word}; "
    number = len(attempt.before)
    others = f"the {number} before it are" if number > 1 else f"{attempt.before[0]} before it is"
    return f"Nothing of it was {word}, {others}; "


def _ways_out(attempt: Attempt) -> str:
    """Say how a script that did a part goes on, and how it is given up."""
    product = attempt.product
    other = f" --as {shlex.quote(product.schema)}" if product.named else ""
    finished = any(done for _, _, done in attempt.begun)
    begun = next((text or "" for _, text, done in attempt.begun if not done), None)
    said = ["Statements before it are done and will not run again."] if finished else []
    again = f"fix the file and run {attempt.again} again, which goes on there"
    if begun is not None and begun.split(None, 1)[0].upper() in ("CALL", "DO"):
        said.append("The statement itself had committed a part of its work.")
        command = f"`slate {attempt.direction} {product.name} --again {attempt.name}{other}`"
        again = f"run {command}, where it may run again from its start"
    elif begun is not None:
        said.append("What the statement left stays for now.")
    forget = f"`slate rollback {product.name} --forget {attempt.name}{other}`"
    return f"{' '.join(said)} Either {again}, or run {forget} and undo by hand what is done."


_TIMEOUTS = {
    "57014": "statement_timeout",
    "25P03": "idle_in_transaction_session_timeout",
    "25P04": "transaction_timeout",
}


def _ended_by(error: psycopg.Error, script: Script) -> str:
    """Say which setting ended a statement, and from where it is; nothing where none did."""
    setting = _TIMEOUTS.get(error.sqlstate or "", "")
    if not setting:
        return ""
    if setting in script.text:
        return f"The file itself sets {setting}: give it longer there."
    if setting in pins.told:
        return f"--statement-timeout gives a statement {pins.told[setting]}: give it longer, or leave it out."
    return f"Something that the file calls sets {setting}, for the runner sets it to 0: look at the functions it calls."


def _nearest(connection: Connection, product: Product, error: psycopg.Error) -> str:
    """Return a suggestion for a name that does not exist, empty when none is near or the connection is gone."""
    if error.sqlstate not in ("42P01", "42704") or connection.pgconn.status != psycopg.pq.ConnStatus.OK:
        return ""
    quoted = _QUOTED.search(error.diag.message_primary or "")
    if not quoted:
        return ""
    if connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        send(connection, "ROLLBACK")
    wanted = quoted.group(1).split(".")[-1]
    names = [row[0] for row in connection.execute(package_sql("migrations/find_names"), {"schema": product.schema})]
    found = get_close_matches(wanted, names, n=1, cutoff=0.7)
    if found:
        return f'Did you mean "{found[0]}"? '
    return "Run `slate bootstrap` for the roles. " if "role" in (error.diag.message_primary or "") else ""
