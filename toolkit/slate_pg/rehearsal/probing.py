"""Asks the target what an empty copy cannot know: which of its rows are against a rule that pending files make.

Reads the target only, each question in a read-only transaction with a bound on time and on the planner's cost. Shows a
count and three keys, never another column. What was not asked says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.statements import STRING, tokens
from slate_pg.rehearsal.findings import Size
from slate_pg.rehearsal.reading import read
from slate_pg.rehearsal.rules import COLUMNS, KEYS, Demand

SHOWN = 3
SMALL = 256 * 1024 * 1024  # bytes of a table that is asked unasked
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_NAMES = re.compile(r'(\.\s*)?("(?:[^"]|"")+"|[^\W\d][\w$]*)(\s*\()?')  # what stands before it, the name, what behind
_DATA = ("22", "23", "P0001")


@dataclass(frozen=True)
class Bounds:
    """How much a question may take: bytes of the tables it reads, seconds, the planner's cost. 0 s: none is asked."""

    size: float = SMALL
    seconds: float = 5.0
    cost: float = 5e6

    @classmethod
    def chosen(cls, probe: bool | None) -> Bounds:
        """Return the bounds of --probe (True), --no-probe (False), or neither."""
        if probe is None:
            return cls(SMALL)
        return cls(float("inf"), 60.0, 1e9) if probe else cls(0, 0, 0)


@dataclass(frozen=True)
class Reply:
    """What the target said: how many rows are against a rule (None: not asked, `why`), `more` where it may be more."""

    rows: int | None
    keys: tuple[str, ...] = ()
    why: str = ""
    more: bool = False

    def __str__(self) -> str:
        """Say it in words."""
        if self.rows is None:
            return f"cannot be known on an empty copy, and was not asked: {self.why}"
        count = f"{'at least ' if self.more else ''}{self.rows:,} row{'' if self.rows == 1 else 's'}"
        shown = f": {'; '.join(self.keys)}" if self.keys else f" ({self.why})" if self.why else ""
        return f"{count} of the target against it{shown}"


@dataclass(frozen=True)
class Asker:
    """A target that is asked, the schemas that names are looked up in, its tables' sizes, and the bounds."""

    connection: Connection
    path: Sequence[str]
    sizes: Mapping[tuple[str, str], Size]
    bounds: Bounds

    def ask(self, demand: Demand) -> Reply:
        """Return how many rows are against a rule, or why that was not asked. Reads only."""
        why = demand.unasked or self._refused(demand)
        if why:
            return Reply(None, why=why)
        try:
            with self.reading():
                keys, columns, known = self._keys(demand)
                if demand.query:
                    return self._counted(demand.query, keys, columns, known)
                return self._cast(demand, keys, known)
        except psycopg.Error as error:
            return Reply(None, why=self.reason(error))

    @contextmanager
    def reading(self, hides: bool = False) -> Iterator[None]:
        """Hold a read-only transaction in which row security hides nothing (or as ever), or the question fails."""
        names = sql.SQL(", ").join(map(sql.Identifier, [*self.path, "pg_catalog"]))
        limit = int(self.bounds.seconds * 1000)
        self.connection.execute("BEGIN READ ONLY")
        try:
            self.connection.execute(sql.SQL("SET LOCAL search_path = {}").format(names))
            self.connection.execute(
                f"SET LOCAL statement_timeout = {limit}; SET LOCAL lock_timeout = 500; SET LOCAL timezone = 'UTC'; "
                f"SET LOCAL row_security = {'on' if hides else 'off'}"
            )
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def _refused(self, demand: Demand) -> str:
        """Say why a question is not asked at all, empty where it is. Reads only."""
        if self.closed:
            return self.closed
        if ("", "") in demand.beside:
            return "it refers to a table that the files make"
        for name in ((demand.schema, demand.table), *demand.beside):
            size = self.sizes.get(name, Size(0, 0)).size
            if size > self.bounds.size:
                return f"{name[1]} has {size / 1024 / 1024:,.0f} MB; --probe asks all the same"
        text = demand.query.replace(KEYS, "1").replace(COLUMNS, "1") or f"SELECT ({demand.cast})::{demand.into}"
        return self.volatile(text)

    @property
    def closed(self) -> str:
        """Say why nothing is asked; empty where something is."""
        return "" if self.bounds.seconds > 0 else "--no-probe"

    def reason(self, error: psycopg.Error) -> str:
        """Say why a question was not answered, without a value of the target's rows."""
        return _reason(error, self.bounds, self.connection.info.user)

    def volatile(self, text: str) -> str:
        """Say which function that may write or never be the same a query would call; empty for none. Reads only."""
        if not read(text).node:
            return "it cannot be read"
        code = "".join(" " if kind == STRING else text[a:b] for kind, a, b in tokens(text))
        names = [(dot, _plain(name), bracket) for dot, name, bracket in _NAMES.findall(code)]
        parameters = {
            "calls": sorted({name for _, name, bracket in names if bracket}),
            "dotted": sorted({name for dot, name, _ in names if dot}),
            "types": sorted({name for _, name, _ in names}),
            "operators": sorted(set(_OPERATOR.findall(code))),
        }
        row = self.connection.execute(package_sql("rehearsal/find_volatile"), parameters).fetchone()
        return f"calls volatile {row[0]}" if row else ""

    def _keys(self, demand: Demand) -> tuple[str, str, bool]:
        """Return SQL for a row's key in words, the columns for it, and whether the table has a key. Reads only."""
        parameters = {"schema": demand.schema, "table": demand.table}
        names = [row[0] for row in self.connection.execute(package_sql("rehearsal/find_key"), parameters)]
        if not names:
            return "''", "ctid AS slate_k", False
        each = [
            sql.SQL("{} || '=' || slate_t.{}::pg_catalog.text")
            .format(sql.Literal(n), sql.Identifier(n))
            .as_string(None)
            for n in names
        ]
        columns = ", ".join(sql.Identifier(n).as_string(None) for n in names)
        return f"pg_catalog.concat_ws(', ', {', '.join(each)})", columns, True

    def _counted(self, query: str, keys: str, columns: str, known: bool) -> Reply:
        whole = query.replace(COLUMNS, columns)
        counting = whole.replace(KEYS, "pg_catalog.count(*)")
        if costs := self._costs(counting):
            return Reply(None, why=costs)
        rows = int(self.connection.execute(counting.encode()).fetchone()[0])  # type: ignore[index]
        if not rows or not known:
            return Reply(rows, why="its table has no primary key to show" if rows else "")
        shown = self.connection.execute(f"{whole.replace(KEYS, keys + ' AS slate_key')} LIMIT {SHOWN}".encode())
        return Reply(rows, tuple(row[0] for row in shown))

    def _costs(self, query: str) -> str:
        plan = self.connection.execute(f"EXPLAIN (FORMAT json) {query}".encode()).fetchone()
        cost = float(plan[0][0]["Plan"]["Total Cost"]) if plan else 0.0
        if cost <= self.bounds.cost:
            return ""
        return f"the planner expects it to cost {cost:,.0f}, more than {self.bounds.cost:,.0f}"

    def _cast(self, demand: Demand, keys: str, known: bool) -> Reply:
        """Return how many values do not cast: all at once, and one by one only where that fails."""
        source = sql.Identifier(demand.schema, demand.table).as_string(None)
        value = f"({demand.cast})::{demand.into}"
        whole = f"SELECT count(*) FROM (SELECT {value} AS v FROM {source} AS slate_t OFFSET 0) AS q WHERE v IS NOT NULL"
        if costs := self._costs(whole):
            return Reply(None, why=costs)
        try:
            with self.connection.transaction():
                self.connection.execute(whole.encode())
            return Reply(0)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith(_DATA):
                raise
        try:
            with self.connection.transaction():
                rows, shown = self._one_by_one(source, value, keys)
            return Reply(rows, tuple(shown) if known else (), "" if known else "its table has no primary key to show")
        except psycopg.errors.QueryCanceled:
            return Reply(1, why=f"counting took longer than {self.bounds.seconds:g} s", more=True)

    def _one_by_one(self, source: str, value: str, keys: str) -> tuple[int, list[str]]:
        every = f"SELECT tableoid AS o, ctid AS c, {keys} AS k FROM {source} AS slate_t"
        single = f"SELECT {value} FROM {source} AS slate_t WHERE tableoid = $1 AND ctid = $2"
        body = sql.SQL(package_sql("rehearsal/count_failing")).format(
            every=sql.Literal(every), single=sql.Literal(single), shown=sql.Literal(SHOWN)
        )
        self.connection.execute(sql.SQL("DO {}").format(sql.Literal(body.as_string(None))))
        row = self.connection.execute("SELECT pg_catalog.current_setting('slate.probe')::pg_catalog.json").fetchone()
        found = row[0] if row else {}
        return int(found.get("rows", 1)), list(found.get("keys") or [])


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _reason(error: psycopg.Error, bounds: Bounds, user: str) -> str:
    """Say why a question was not answered, without a value of the target's rows."""
    code = error.sqlstate or ""
    if code == "57014":
        return f"it took longer than {bounds.seconds:g} s"
    if code in ("42703", "42P01", "42883", "42704", "3F000"):
        return "it is about what the files make, which is not there yet"
    if code == "42501":
        hidden = "row-level security" in (error.diag.message_primary or "")
        return f'row security hides rows from "{user}"' if hidden else f'"{user}" may not read what it is about'
    if code == "55P03":
        return "a table of it is locked"
    return f"the question fails ({code or 'no code'})"
