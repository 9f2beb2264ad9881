"""The difference of two states as the text of a comment on a pull request. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slate_pg.docs.alterations import Altered, Attribute, Change, Diff
from slate_pg.docs.altered import lines_of, products_of, summary, tables_of
from slate_pg.docs.markdown import as_table, label, words
from slate_pg.docs.wording import visible

LONGEST_COMMENT = 60_000  # characters; a comment on GitHub may have 65,536
_LONGEST_BLOCK = 12_000


def as_markdown(diff: Diff, longest: int = LONGEST_COMMENT) -> str:
    """Return the difference as the text of a comment, at most so many characters: what is cut is said."""
    head = [f"# Schema: {words(diff.before)} → {words(diff.after)}", "", f"{words(summary(diff))}.", ""]
    head += [f"*{words(note)}*\n" for note in diff.notes]
    parts = ["\n".join(head), *_access(diff), *_diagrams(diff), *_migrations(diff), *_changes(diff)]
    text, left = "", 0
    for part in parts:
        if left or len(text) + len(part) > longest - 200:
            left += 1
        else:
            text += part.rstrip() + "\n\n"
    if left:
        text += f"**{left} more parts are left out here: a comment has no room for them; the page has all.**\n"
    return text.rstrip() + "\n"


def _access(diff: Diff) -> Iterator[str]:
    if diff.access:
        rows = [
            (a.how, a.role, f"{a.schema}.{a.table}", a.before or "–", a.after or "–", "; ".join(a.because))
            for a in diff.access
        ]
        table = as_table(("", "role", "table", "before", "after", "because"), rows)
        yield "\n".join(["## Who may do what", "", *table])
    grave = [c for c in diff.changes if c.severity == "security"]
    if grave:
        yield "\n".join(["Bears on rights:", "", *(f"- {c.how}: {words(c.object)}" for c in grave)])


def _diagrams(diff: Diff) -> Iterator[str]:
    for product in products_of(diff):
        tables, keys = tables_of(diff.tables, diff.keys, product)
        names = {(t.schema, t.table): f"t{number}" for number, t in enumerate(tables)}
        lines = [f"## Tables of {words(product)}", "", "```mermaid", "erDiagram"]
        lines += [f'    {names[t.schema, t.table]}["{_labelled(t, t.table)}"]' for t in tables]
        for k in keys:
            if (k.target_schema, k.target) in names and (k.schema, k.table) in names:
                ends = (
                    f"{names[k.target_schema, k.target]} {'|o' if k.optional else '||'}--o{{ {names[k.schema, k.table]}"
                )
                lines.append(f'    {ends} : "{_labelled(k, k.columns)}"')
        yield "\n".join([*lines, "```"])


def _labelled(altered: Altered, name: str) -> str:
    return label(name if altered.how == "same" else f"{name} ({altered.how})")


def _migrations(diff: Diff) -> Iterator[str]:
    if diff.migrations:
        rows = [(m.how, m.name, m.says) for m in diff.migrations]
        yield "\n".join(["## Migrations", "", *as_table(("", "migration", "its header"), rows)])


def _changes(diff: Diff) -> Iterator[str]:
    product = None
    for change in sorted(diff.changes, key=lambda c: c.product):
        text = _change(change)
        if change.product != product:
            product = change.product
            text = f"## {words(product) or 'The database'}\n\n{text}"
        yield text


def _change(change: Change) -> str:
    lines = [f"**{change.how}** {words(change.object)} · {change.severity}", ""]
    attributes = change.attributes or (Attribute("", change.before, change.after),)
    body = []
    for attribute in attributes:
        body += [f"  {attribute.name}:"] if attribute.name else []
        body += [f"{sign} {text}" for sign, text in lines_of(attribute.before, attribute.after)]
    return "\n".join([*lines, *fenced("\n".join(body))]) if any(body) else "\n".join(lines)


def fenced(text: str) -> list[str]:
    """Return a text as a block of code, behind a fence that is longer than any in it; a very long one is cut."""
    shown = str(visible(text.replace("\r", "␍")))
    if len(shown) > _LONGEST_BLOCK:
        shown = f"{shown[:_LONGEST_BLOCK]}\n… {len(shown) - _LONGEST_BLOCK} characters more"
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", shown)), 3)
    return [f"{fence}diff", shown, fence]
