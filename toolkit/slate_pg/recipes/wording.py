"""Words of SQL for recipes: names quoted as the server has them, new names that are free, fragments that are whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import postgast

from slate_pg.errors import Misuse, SlateError
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.statements import CLOSE, COMMENT, META, OPEN, SEMICOLON, tokens
from slate_pg.recipes.table import Table

LONGEST = 63  # bytes of a name


@dataclass
class Words:
    """Quotes names by the server's own rules and hands out names that are free in a schema. Reads only."""

    connection: Connection
    schema: str
    quoted: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read which names are taken."""
        rows = self.connection.execute(package_sql("recipes/find_names"), {"schema": self.schema})
        self.taken |= {row[0] for row in rows}

    def q(self, name: str) -> str:
        """Return a name as SQL has it."""
        if name not in self.quoted:
            row = self.connection.execute(package_sql("recipes/find_quoted"), {"name": name}).fetchone()
            self.quoted[name] = row[0] if row else name
        return self.quoted[name]

    def names(self, names: tuple[str, ...] | list[str]) -> str:
        """Return names as SQL lists them."""
        return ", ".join(self.q(name) for name in names)

    def place(self, schema: str, name: str) -> str:
        """Return a relation's name, with its schema where that is not the product's."""
        return f"{self.q(schema)}.{self.q(name)}" if schema and schema != self.schema else self.q(name)

    def of(self, table: Table) -> str:
        """Return a table's name as SQL has it."""
        return self.place(table.schema, table.name)

    def chosen(self, name: str) -> str:
        """Return a name that --to gives, empty for none. Misuse where it is taken."""
        if name and check_name("--to", name) in self.taken:
            raise Misuse(f'"{name}" is taken in schema "{self.schema}"', hint="Choose another name.")
        return name

    def free(self, *parts: str) -> str:
        """Return a new name of these parts, as PostgreSQL makes them: cut to 63 bytes, numbered where it is taken."""
        *stem, end = parts
        for number in ("", *map(str, range(1, 1000))):
            suffix = f"_{end}{number}"
            name = cut("_".join(stem), LONGEST - len(suffix.encode())) + suffix
            if name not in self.taken:
                self.taken.add(name)
                return name
        raise Misuse(f'no name is free for "{"_".join(parts)}"', hint="Give what is there other names.")


def cut(text: str, size: int) -> str:
    """Return the start of a text that takes no more than so many bytes, whole letters only."""
    return text.encode()[:size].decode(errors="ignore")


def literal(text: str) -> str:
    """Return a text as SQL has it between quotes, as the server reads it whatever it is set to."""
    doubled = text.replace("'", "''")
    return f"E'{doubled.replace(chr(92), chr(92) * 2)}'" if chr(92) in text else f"'{doubled}'"


def dollar_quote(text: str) -> str:
    """Return the dollar quote for a function's body in which a text stands."""
    tag = "$$"
    while "$" in text and (tag == "$$" or tag in text):
        tag = "$keep$" if tag == "$$" else f"${tag[1:-1]}p$"
    return tag


def last(name: str) -> str:
    """Return a trigger's name that sorts behind others, so that it sees what they have done."""
    return cut(f"zz_{name}", LONGEST)


def constant(expression: str) -> str | None:
    """Return the text of a constant, cast or not, None for any other expression. Pure."""
    value = _value(postgast.parse(f"SELECT {expression}"))
    while value.HasField("type_cast"):
        value = value.type_cast.arg
    return str(value.a_const.sval.sval) if value.HasField("a_const") and value.a_const.HasField("sval") else None


def put_in(expression: str, column: str, text: str) -> str:
    """Return an expression with another in the place of a column. Pure."""
    if not text:
        return ""
    whole = postgast.parse(f"SELECT ({expression})")
    _replace(whole, column, _value(postgast.parse(f"SELECT {text}")))
    return str(postgast.deparse(whole)).removeprefix("SELECT ")


def _value(parsed: Any) -> Any:
    return parsed.stmts[0].stmt.select_stmt.target_list[0].res_target.val


def _replace(message: Any, column: str, value: Any) -> None:
    """Put a value where a message holds a column of that name."""
    for kind, content in message.ListFields():
        if kind.message_type is None:
            continue
        for item in content if hasattr(content, "__len__") else [content]:
            fields = item.column_ref.fields if item.DESCRIPTOR.name == "Node" and item.HasField("column_ref") else ()
            if fields and fields[-1].string.sval == column:
                item.CopyFrom(value)
            else:
                _replace(item, column, value)


def check_name(option: str, name: str) -> str:
    """Return a new name; Misuse for one that no object can have."""
    if not name or len(name.encode()) > LONGEST or "\0" in name:
        raise Misuse(f'{option} "{name}" cannot be a name', hint="A name has 1 to 63 bytes.")
    return name


def check_expression(option: str, text: str) -> str:
    """Return an expression of SQL; Misuse for anything else, also for one that would end what it stands in."""
    return _whole_fragment(option, text, f"SELECT (\n{text}\n)", "an expression")


def check_type(option: str, text: str) -> str:
    """Return a type as SQL has it; Misuse for anything else."""
    return _whole_fragment(option, text, f"SELECT NULL::{text}\n", "a type")


def check_bounds(option: str, text: str) -> str:
    """Return bounds of a partition, FROM (…) TO (…), IN (…) or WITH (…); Misuse for anything else."""
    statement = f"CREATE TABLE a PARTITION OF b FOR VALUES {text}\n"
    return _whole_fragment(option, text, statement, "bounds such as FROM ('2026-01-01') TO ('2026-02-01')")


def _whole_fragment(option: str, text: str, statement: str, what: str) -> str:
    """Return the text if the statement that it is put in is one, and nothing in it ends, hides or opens something."""
    try:
        whole = len(postgast.parse(statement).stmts) == 1 and _is_closed(text)
    except (postgast.PgQueryError, ValueError, SlateError):
        whole = False
    if not whole:
        raise Misuse(f'{option} "{text}" is not {what}', hint="Give it as SQL, without a comment or a semicolon.")
    return text.strip()


def _is_closed(text: str) -> bool:
    """Tell whether every bracket of a text is closed in it, and no comment or semicolon stands in it."""
    depth = 0
    for kind, _, _ in tokens(text):
        depth += (kind == OPEN) - (kind == CLOSE)
        if depth < 0 or kind in (COMMENT, SEMICOLON, META):
            return False
    return depth == 0
