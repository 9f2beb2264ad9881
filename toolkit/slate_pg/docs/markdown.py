"""Writes a site as Markdown with Mermaid diagrams: one file a product, for repositories that show both. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from slate_pg.docs.model import Product, Site, Table
from slate_pg.sqlfiles import file_name

_CONTROL = dict.fromkeys((*range(32), 127), " ")
# What is markup, and what a forge would make a link, an entity or a call of: a backslash does not stop these two.
_MARKS = str.maketrans({**{c: f"\\{c}" for c in "\\`*_{}[]<>|#~$"}, "&": "&amp;", "@": "&#64;"})
_LONGEST = 30  # entities in one diagram: a larger product has one for each of its parts that foreign keys join


def as_markdown(site: Site) -> dict[str, str]:
    """Return the texts by file name: README.md, and one for each product."""
    files = {f"{file_name(p.name)}.md": _product(p, site) for p in site.products}
    names = list(files)
    lines = [f"# {words(site.title)}", "", words(site.source), "", "| product | tables | functions | migrations |",
             "| --- | --- | --- | --- |"]  # fmt: skip
    for name, product in zip(names, site.products, strict=True):
        counts = (len(product.tables), len(product.functions), len(product.migrations))
        lines.append(f"| [{words(product.name)}](<{name}>) | {' | '.join(map(str, counts))} |")
    for section in site.live:
        lines += ["", f"## {words(section.title)}", "", words(section.says), ""]
        lines += as_table(("what", "value", "state"), [(f.what, f.value, f.state) for f in section.facts])
    return {"README.md": "\n".join(lines) + "\n", **files}


def _product(product: Product, site: Site) -> str:
    lines = [f"# {words(product.name)}", ""] + ([words(product.says), ""] if product.says else [])
    for group in _groups(product):
        lines += ["```mermaid", *er_diagram(group), "```", ""]
    for table in product.tables:
        lines += [*_table(table, site), ""]
    if product.functions:
        rows = [(f"{f.name}({f.arguments})", f.result, f.says) for f in product.functions]
        lines += ["## Functions", "", *as_table(("function", "returns", "what"), rows), ""]
    if product.errors:
        refusals = [(e.sqlstate, e.raised_by, e.text) for e in product.errors]
        lines += ["## Refusals", "", *as_table(("SQLSTATE", "raised by", "means"), refusals), ""]
    if product.migrations:
        history = [
            (m.id, m.why, m.locks, m.loses, "; ".join(f"{a.where} {a.at}" for a in m.applied))
            for m in product.migrations
        ]
        lines += ["## History", "", *as_table(("migration", "why", "locks", "rollback loses", "applied"), history), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(table: Table, site: Site) -> Iterator[str]:
    yield f"## {words(table.name)}"
    yield ""
    made = f" Made by {table.made_by}." if table.made_by else ""
    changed = f" Changed by {', '.join(table.changed_by)}." if table.changed_by else ""
    yield words(f"{table.kind.capitalize()} in {table.schema}. {table.says}{made}{changed}")
    yield ""
    columns = [(c.name, c.type, "" if c.nullable else "not null", c.default, c.unit, c.says) for c in table.columns]
    yield from as_table(("column", "type", "null", "default", "unit", "what"), columns)
    parts = [(c.name, c.definition, c.says) for c in table.constraints]
    parts += [(p.name, p.definition, p.says) for p in (*table.indexes, *table.triggers)]
    if parts:
        yield ""
        yield from as_table(("constraint, index, trigger", "definition", "what"), parts)
    referred = [
        (f"{k.schema}.{k.table}", ", ".join(k.columns), k.name)
        for p in site.products for t in p.tables for k in t.foreign_keys
        if (k.target_schema, k.target) == (table.schema, table.name)
    ]  # fmt: skip
    if referred:
        yield ""
        yield from as_table(("referred to by", "columns", "foreign key"), referred)
    if table.access:
        yield ""
        cells = [(a.role, a.select, a.insert, a.update, a.delete) for a in table.access]
        yield from as_table(("role", "select", "insert", "update", "delete"), cells)
    if table.policies:
        yield ""
        policies = [(p.name, p.command, ", ".join(p.roles), p.using, p.check) for p in table.policies]
        yield from as_table(("policy", "command", "roles", "using", "with check"), policies)
    if table.uses:
        yield ""
        yield from as_table(("used by", "name", "how"), [(u.kind, u.name, u.says) for u in table.uses])


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; what stands in its cells is shown as it is."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(words, row))} |"


def words(text: str) -> str:
    """Return a text that Markdown shows as it stands, in one line."""
    return " ".join(text.translate(_CONTROL).split()).translate(_MARKS)


def _groups(product: Product) -> Iterator[list[Table]]:
    """Yield what foreign keys join, so that no diagram is larger than it must be; tables alone are left out."""
    tables = {(t.schema, t.name): t for t in product.tables}
    near: dict[tuple[str, str], set[tuple[str, str]]] = {key: set() for key in tables}
    for table in product.tables:
        for key in table.foreign_keys:
            other = (key.target_schema, key.target)
            if other in tables:
                near[other].add((table.schema, table.name))
                near[table.schema, table.name].add(other)
    seen: set[tuple[str, str]] = set()
    for start in tables:
        group, waiting = {start}, [start]
        while waiting and start not in seen:
            fresh = near[waiting.pop()] - group
            group |= fresh
            waiting.extend(fresh)
        if start not in seen and (near[start] or len(tables) == 1):
            yield [table for key, table in tables.items() if key in group]
        seen |= group


def er_diagram(tables: Sequence[Table]) -> list[str]:
    """Return the lines of a Mermaid erDiagram; columns where it is not large. Names are quoted, types are one word."""
    names = {(t.schema, t.name): f"t{number}" for number, t in enumerate(tables)}
    lines = ["erDiagram"]
    for table in tables:
        mark = names[table.schema, table.name]
        if len(tables) > _LONGEST:
            lines.append(f'    {mark}["{label(table.name)}"]')
            continue
        foreign = {c for key in table.foreign_keys for c in key.columns}
        lines.append(f'    {mark}["{label(table.name)}"] {{')
        for column in table.columns:
            keys = [word for word, is_so in (("PK", column.key), ("FK", column.name in foreign)) if is_so]
            lines.append(f"        {_word(column.type)} {_word(column.name)} {','.join(keys)}".rstrip())
        lines.append("    }")
    for table in tables:
        for key in table.foreign_keys:
            other = names.get((key.target_schema, key.target))
            if other:
                ends = "|o" if key.optional else "||"
                lines.append(
                    f'    {other} {ends}--o{{ {names[table.schema, table.name]} : "{label(", ".join(key.columns))}"'
                )
    return lines


def label(text: str) -> str:
    """Return a text within double quotes: Mermaid has no escape for one, and takes # and ; for an entity."""
    plain = "".join(c if c.isalnum() or c in " _.,-()" else "·" for c in text.translate(_CONTROL))
    return plain.strip() or "·"


def _word(text: str) -> str:
    """Return a text as the one word that Mermaid takes for a type or an attribute."""
    word = re.sub(r"[^A-Za-z0-9_\-\[\]()]+", "_", text).strip("_") or "_"
    return word if word[0].isalpha() else f"x{word}"
