"""What the recipe for a partition beside a DEFAULT puts into its files. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from slate_pg.errors import Misuse
from slate_pg.postgres.connection import package_sql
from slate_pg.recipes.filling import Walk, walk
from slate_pg.recipes.known import Wish
from slate_pg.recipes.table import Partition, Table, read_table
from slate_pg.recipes.wording import Words, check_bounds, dollar_quote, last

Facts = dict[str, object]


@dataclass(frozen=True)
class Carried:
    """An index of the DEFAULT: what the next one's and the old one's are called, itself, and what it is, as SQL."""

    next: str
    old: str
    name: str
    placed: str
    next_placed: str
    old_placed: str
    kind: str
    columns: str
    constraint: bool


def new_partition(words: Words, table: Table, wish: Wish) -> Facts:
    """Return a partition beside a DEFAULT that holds none of its rows; with --move-rows those it holds go to it."""
    bounds = check_bounds("--values", wish.values)
    if not table.partitioned:
        raise Misuse(f'"{table.name}" has no partitions', hint="Name a table that is PARTITION BY something.")
    name = words.chosen(wish.to)
    default = next((p for p in table.partitions if p.default and p.parent == table.name), None)
    facts: Facts = {
        "new": words.place(table.schema, name),
        "bounds": bounds,
        "default": words.place(default.schema, default.name) if default else "",
        "row_security": table.row_security,
        "move": wish.move_rows,
    }
    if default is None:
        if wish.move_rows:
            raise Misuse(f'"{table.name}" has no DEFAULT partition', hint="Without one there is nothing to move.")
        return facts
    key = _key(words, table)
    inside = within(key, bounds)
    siblings = [p for p in table.partitions if p.parent == table.name and not p.default]
    held = read_table(words.connection, words.schema, _called(words, default))
    return facts | {
        "outside": f"{key} IS NULL OR NOT ({inside})",
        "check": words.q(words.free(default.name, name, "check")),
        **(_moving(words, table, held, key, inside, siblings, wish) if wish.move_rows else {}),
    }


def _moving(
    words: Words, table: Table, held: Table, key: str, inside: str, siblings: list[Partition], wish: Wish
) -> Facts:
    """Return what moving rows is made of. Misuse for a DEFAULT without a primary key, or with partitions."""
    if held.partitioned or not held.primary:
        why = "has partitions itself" if held.partitioned else "has no primary key"
        raise Misuse(f'"{held.name}" {why}', hint="Move its rows by hand, or give it what is lacking.")
    rest, old, keep = (words.free(held.name, end) for end in ("next", "old", "keep"))
    ranges = [within(key, p.bounds.removeprefix("FOR VALUES ")) for p in siblings]
    columns = [words.q(c.name) for c in held.columns if not c.generated]
    others = [c for c in columns if c not in [words.q(k) for k in held.primary]]
    steps: Walk = walk(words, held, wish)
    return {
        "inside": inside,
        "none_of": " OR ".join(f"({one})" for one in [*ranges, inside]),
        "key": key,
        "own_check": words.q(words.free(wish.to, "check")),
        "default_name": words.q(held.name),
        "next": words.place(held.schema, rest),
        "next_name": words.q(rest),
        "old": words.place(held.schema, old),
        "old_name": words.q(old),
        "function": words.place(held.schema, keep),
        "trigger": words.q(last(keep)),
        "indexes": _carried(words, held),
        "columns": columns,
        "others": others,
        "primary": [words.q(k) for k in held.primary],
        "quote": dollar_quote("".join([*columns, inside, held.name, wish.to])),
        "walk": steps,
    }


def _carried(words: Words, held: Table) -> list[Carried]:
    """Return the indexes of a DEFAULT, to be made again. Misuse for one that is more than its columns."""
    found = []
    for index in held.indexes:
        if not index.plain or index.deferrable:
            raise Misuse(
                f'index "{index.name}" of "{held.name}" is more than its columns',
                hint="This recipe cannot make it again on the next DEFAULT: move the rows by hand.",
            )
        following, old = words.free(index.name, "next"), words.free(index.name, "old")
        kind = "PRIMARY KEY" if index.primary else "UNIQUE" if index.constraint else "UNIQUE INDEX"
        placed = [words.place(held.schema, name) for name in (index.name, following, old)]
        one = Carried(
            words.q(following), words.q(old), words.q(index.name), placed[0], placed[1], placed[2],
            kind if index.unique else "INDEX", words.names(index.columns), bool(index.constraint),
        )  # fmt: skip
        found.append(one)
    return found


def _called(words: Words, one: Partition) -> str:
    return one.name if one.schema == words.schema else f"{one.schema}.{one.name}"


def _key(words: Words, table: Table) -> str:
    """Return the partition key as SQL. Misuse for one of several columns, or by hash. Reads only."""
    row = words.connection.execute(package_sql("recipes/read_partition_key"), {"table": table.oid}).fetchone()
    strategy, count, text = row or ("", 0, "")
    if strategy not in ("r", "l") or count != 1:
        raise Misuse(
            f'"{table.name}" is partitioned by {text}',
            hint="This recipe knows a range or a list of one column or expression: write the files by hand.",
        )
    return str(text)


def within(key: str, bounds: str) -> str:
    """Return the condition of rows within bounds, as a partition's own constraint has it. Pure."""
    parsed = postgast.parse(f"CREATE TABLE a PARTITION OF b FOR VALUES {bounds}").stmts[0].stmt.create_stmt.partbound
    if parsed.listdatums:
        values = [_value(v) for v in parsed.listdatums if not v.a_const.isnull]
        parts = [f"{key} IN ({', '.join(values)})"] if len(values) > 1 else [f"{key} = {v}" for v in values]
        nulls = [f"{key} IS NULL"] if any(v.a_const.isnull for v in parsed.listdatums) else []
        return " OR ".join([*nulls, *parts])
    if len(parsed.lowerdatums) != 1 or len(parsed.upperdatums) != 1:
        raise Misuse(
            f'--values "{bounds}" does not fit the key {key}', hint="As in FROM ('2026-01-01') TO ('2027-01-01')."
        )
    ends = ((parsed.lowerdatums[0], ">="), (parsed.upperdatums[0], "<"))
    return " AND ".join(f"{key} {sign} {_value(v)}" for v, sign in ends if not _is_open(v)) or f"{key} IS NOT NULL"


def _is_open(value: Any) -> bool:
    """Tell MINVALUE and MAXVALUE."""
    names = [f.string.sval.lower() for f in value.column_ref.fields] if value.HasField("column_ref") else []
    return names in (["minvalue"], ["maxvalue"])


def _value(value: Any) -> str:
    whole = pb.ParseResult()
    whole.CopyFrom(postgast.parse("SELECT 1"))
    whole.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(value)
    return str(postgast.deparse(whole)).removeprefix("SELECT ")
