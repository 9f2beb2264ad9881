"""Writes a site as DBML: tables, columns, indexes, enums and references. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slate_pg.docs.model import Column, Enum, ForeignKey, Site, Table

_CONTROL = dict.fromkeys((*range(32), 127), " ")
_ACTIONS = re.compile(r"ON (DELETE|UPDATE) (CASCADE|RESTRICT|SET NULL|SET DEFAULT|NO ACTION)")


def as_dbml(site: Site) -> str:
    """Return the document: tables of all products; views and what DBML has no words for are left out."""
    tables = [t for p in site.products for t in p.tables if t.kind in ("table", "foreign table") and t.columns]
    there = {(t.schema, t.name) for t in tables}
    enums = {(e.schema, e.name): e for p in site.products for e in p.enums if e.labels}
    keys = [k for t in tables for k in t.foreign_keys if (k.target_schema, k.target) in there]
    blocks = [f"Project {_name(site.title)} {{\n  database_type: 'PostgreSQL'\n}}"]
    blocks += [_enum(e) for e in enums.values()]
    blocks += [_table(t) for t in tables]
    blocks += [_reference(k) for k in keys]
    return "\n\n".join(blocks) + "\n"


def _name(name: str) -> str:
    """Return a name in double quotes: DBML knows one escape, of the backslash."""
    return '"' + name.translate(_CONTROL).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(words: str) -> str:
    return "'" + words.translate(_CONTROL).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _enum(enum: Enum) -> str:
    labels = "\n".join(f"  {_name(label)}" for label in enum.labels)
    return f"Enum {_name(enum.schema)}.{_name(enum.name)} {{\n{labels}\n}}"


def _table(table: Table) -> str:
    lines = [f"  {_column(column, table)}" for column in table.columns]
    indexes = [f"    {line}" for line in _indexes(table)]
    if indexes:
        lines += ["", "  indexes {", *indexes, "  }"]
    if table.says:
        lines += ["", f"  Note: {_text(table.says)}"]
    return "\n".join([f"Table {_name(table.schema)}.{_name(table.name)} {{", *lines, "}"])


def _column(column: Column, table: Table) -> str:
    primary = [c.name for c in table.columns if c.key]
    settings = ["pk"] if primary == [column.name] else []
    settings += [] if column.nullable else ["not null"]
    settings += [f"default: `{column.default.translate(_CONTROL).replace('`', '')}`"] if column.default else []
    settings += [f"note: {_text(column.says)}"] if column.says else []
    return f"{_name(column.name)} {_name(column.type)}" + (f" [{', '.join(settings)}]" if settings else "")


def _indexes(table: Table) -> Iterator[str]:
    """Yield the primary key of several columns, and unique constraints; indexes by their columns alone."""
    columns = {c.name for c in table.columns}
    primary = [c.name for c in table.columns if c.key]
    if len(primary) > 1:
        yield f"({', '.join(map(_name, primary))}) [pk]"
    for constraint in table.constraints:
        found = re.fullmatch(r"UNIQUE(?: NULLS NOT DISTINCT)? \((.*?)\)(?: .*)?", constraint.definition, re.S)
        if constraint.kind == "unique" and found:
            names = _names(found[1])
            if set(names) <= columns:
                yield f"({', '.join(map(_name, names))}) [unique, name: {_text(constraint.name)}]"


def _names(text: str) -> list[str]:
    found = re.findall(r'"((?:[^"]|"")*)"|([^\s,"]+)', text)
    return [quoted.replace('""', '"') or plain for quoted, plain in found]


def _reference(key: ForeignKey) -> str:
    actions = ", ".join(f"{event.lower()}: {action.lower()}" for event, action in _ACTIONS.findall(key.definition))
    one, other = (
        f"{_name(schema)}.{_name(table)}.({', '.join(map(_name, columns))})"
        for schema, table, columns in (
            (key.schema, key.table, key.columns), (key.target_schema, key.target, key.target_columns)
        )
    )  # fmt: skip
    return f"Ref {_name(key.name)}: {one} > {other}" + (f" [{actions}]" if actions else "")
