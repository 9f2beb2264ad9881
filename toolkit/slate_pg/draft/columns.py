"""Alters columns of tables and attributes of composite types. Pure: two states in, statements out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.side import Made, Side
from slate_pg.draft.tables import column_head, column_settings, column_words, identity_words, word_of
from slate_pg.draft.words import Step, aside, changed_foreign, literal
from slate_pg.rehearsal.state import Column, narrows

# What follows from a table's parents, and from which columns were there before.
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TEXTS = ("text", "character varying", "character", "name")
_TIMES = ("date", "timestamp without time zone", "timestamp with time zone")
VIEWS = ("view", "materialized view")  # whose columns are what their query says
DERIVED = {"position", "local", "inherited"}
_SETTINGS = {"storage", "compression", "statistics", "options"}


def add_column(dst: Side, column: Identity) -> list[Step]:
    """Return the statements that add a column to a table, or an attribute to a type."""
    made, relation = dst.objects[column], column.on or column
    if relation.kind == "type":
        collation = f" COLLATE {made['collation']}" if made["collation"] else ""
        text = f"ALTER TYPE {dst.called(relation)} ADD ATTRIBUTE {made.called} {made['type']}{collation} CASCADE"
        return [Step(text, column)]
    if made["inherited"] or relation.kind in VIEWS or dst.told(relation).get("of_type"):
        return []
    head = f"ALTER {word_of(relation)} {dst.called(relation)} ADD COLUMN "
    said = [head + column_words(made, dst.major), *column_settings(dst, column, None, made)]
    return [Step(text, column) for text in said]


def drop_column(src: Side, column: Identity) -> list[Step]:
    """Return the statement that drops a column; nothing where it goes with a parent's."""
    made, relation = src.objects[column], column.on or column
    if relation.kind == "type":
        text = f"ALTER TYPE {src.called(relation)} DROP ATTRIBUTE {made.called} CASCADE"
        return [Step(text, column, f"what {relation} holds in {made.called}")]
    if made["inherited"] or relation.kind in VIEWS or src.told(relation).get("of_type"):
        return []
    text = f"ALTER {word_of(relation)} {src.called(relation)} DROP COLUMN {made.called}"
    foreign = relation.kind == "foreign table"
    loss = "" if made["generated"] or foreign else f"every value of {src.called(relation)}.{made.called}"
    return [Step(text, column, loss)]


def alter_column(src: Side, dst: Side, column: Identity, changed: set[str]) -> list[Step] | None:
    """Return the statements that alter a column; None where it has to be dropped and made again."""
    old, new, relation = src.objects[column], dst.objects[column], column.on or column
    if relation.kind in ("view", "materialized view"):
        return [Step(text, column) for text in _of_view(dst, column, old, new, changed)]
    if relation.kind == "type":
        return _of_type(dst, column, new, changed)
    if new["inherited"]:
        changed = changed - {"type", "collation", "generated"}  # its parent's
    if "generated" in changed and new["generated"]:
        return None
    if new["generated"] and "default" in changed:
        if dst.major < 17 or (new["generated"] == "v" and dst.major < 18):
            return None
        return [Step(f"{column_head(dst, column)} SET EXPRESSION AS ({new['default']})", column)]
    if old["generated"] and "generated" in changed and old["generated"] == "v":
        return None
    said: list[Step] = []
    head = column_head(dst, column)
    if "generated" in changed:
        said.append(Step(f"{head} DROP EXPRESSION", column))
    if changed & {"type", "collation"}:
        said += retype(src, dst, column)
    said += [Step(text, column) for text in _states(src, dst, column, old, new, changed)]
    return said


def retype(src: Side, dst: Side, column: Identity, through_text: bool = False) -> list[Step]:
    """Return the statements that give a column its type, its default put aside meanwhile."""
    old, new = src.objects[column], dst.objects[column]
    head, plain = column_head(dst, column), not old["generated"] and not old["identity"]
    text = f"{head} TYPE {new['type']}" + (f" COLLATE {new['collation']}" if new["collation"] else "")
    aside = plain and old["default"] is not None and (old["type"] != new["type"] or through_text)
    array = "[]" if new["base"].endswith("[]") else ""
    casts = through_text or not _assigns(old["base"], new["base"])
    if casts and not new["generated"]:
        text += f" USING {new.called}::{f'text{array}::' if through_text else ''}{new['type']}"
    before, after = (Column(column.name, m["base"], m["modifier"]) for m in (old, new))
    loses = not new["generated"] and not through_text and narrows(before, after, explicit=casts)
    loss = f"what of {src.called(column.on or column)}.{old.called} does not fit {new['type']}" if loses else ""
    steps = [Step(f"{head} DROP DEFAULT", column)] if aside else []
    steps.append(Step(text, column, loss))
    if aside and new["default"] is not None:
        steps.append(Step(f"{head} SET DEFAULT {new['default']}", column))
    return steps


def _assigns(old: str, new: str) -> bool:
    """Tell whether the server turns values of one type into those of another without being told to."""
    return old == new or new in _TEXTS or any(old in group and new in group for group in (_NUMBERS, _TEXTS, _TIMES))


def _states(src: Side, dst: Side, column: Identity, old: Made, new: Made, changed: set[str]) -> Iterator[str]:
    head = column_head(dst, column)
    if "identity" in changed and old["identity"] and not new["identity"]:
        yield from _without_identity(dst, column, old, new, head)
    plain = not new["generated"] and "generated" not in changed
    if "default" in changed and plain and not new["identity"]:
        yield f"{head} DROP DEFAULT" if new["default"] is None else f"{head} SET DEFAULT {new['default']}"
    if "not_null" in changed and (dst.major < 18 or not new["not_null_name"]) and not old["not_null_name"]:
        yield f"{head} {'SET' if new['not_null'] else 'DROP'} NOT NULL"
    if "identity" in changed and new["identity"]:
        words = identity_words(new)
        if old["identity"]:
            yield f"{head} SET {words.partition(' AS IDENTITY')[0]}"
        else:
            yield from _with_identity(src, dst, column, old, new, head)
    if changed & _SETTINGS:
        yield from column_settings(dst, column, old, new)
    if "foreign_options" in changed:
        yield from changed_foreign(head, old["foreign_options"], new["foreign_options"])


def _with_identity(src: Side, dst: Side, column: Identity, old: Made, new: Made, head: str) -> Iterator[str]:
    """Yield what makes a column an identity, whose numbers go on where the column's are."""
    if old["default"] is not None:
        yield f"{head} DROP DEFAULT"
    sequence, relation, quoted = new["sequence"], dst.called(column.on or column), quote(column.name)
    taken = any(i.kind == "sequence" and m.called == sequence and not m["internal"] for i, m in src.objects.items())
    if taken:
        yield f"ALTER SEQUENCE {sequence} RENAME TO {aside(sequence)[1]}"
    yield f"{head} ADD {identity_words(new)}"
    if taken:
        yield f"SELECT setval({literal(sequence)}, last_value, is_called) FROM {aside(sequence)[0]}"
        yield f"DROP SEQUENCE {aside(sequence)[0]}"
    else:
        least = f"HAVING max({quoted}) > 0"
        yield f"SELECT setval({literal(sequence)}, max({quoted})) FROM {relation} {least}"


def _without_identity(dst: Side, column: Identity, old: Made, new: Made, head: str) -> Iterator[str]:
    """Yield what makes an identity a plain column; its sequence goes on as the column's own, where it is to."""
    sequence = old["sequence"]
    own = next((m for i, m in dst.objects.items() if i.kind == "sequence" and m.called == sequence), None)
    if own is None or own["internal"]:
        yield f"{head} DROP IDENTITY"
        return
    yield f"ALTER SEQUENCE {sequence} RENAME TO {aside(sequence)[1]}"
    yield f"CREATE SEQUENCE {sequence} {sequence_words(own.told)}"
    yield f"SELECT setval({literal(sequence)}, last_value, is_called) FROM {aside(sequence)[0]}"
    yield f"{head} DROP IDENTITY"
    if own["owned_by"]:
        yield f"ALTER SEQUENCE {sequence} OWNED BY {own['owned_by']}.{quote(own['owned_column'])}"


def sequence_words(told: Mapping[str, Any]) -> str:
    """Return every property of a sequence."""
    cycle = "CYCLE" if told["cycle"] else "NO CYCLE"
    return (
        f"AS {told['type']} INCREMENT {told['increment']} MINVALUE {told['minimum']} MAXVALUE {told['maximum']} "
        f"START {told['start']} CACHE {told['cache']} {cycle}"
    )


def _of_view(dst: Side, column: Identity, old: Made, new: Made, changed: set[str]) -> Iterator[str]:
    """Yield what a view's column has besides what its query says."""
    head = column_head(dst, column)
    if "default" in changed:
        yield f"{head} DROP DEFAULT" if new["default"] is None else f"{head} SET DEFAULT {new['default']}"
    if changed & _SETTINGS and column.on and column.on.kind == "materialized view":
        yield from column_settings(dst, column, old, new)


def _of_type(dst: Side, column: Identity, new: Made, changed: set[str]) -> list[Step]:
    if not changed & {"type", "collation"}:
        return []
    collation = f" COLLATE {new['collation']}" if new["collation"] else ""
    relation = column.on or column
    text = (
        f"ALTER TYPE {dst.called(relation)} ALTER ATTRIBUTE {quote(column.name)} TYPE {new['type']}{collation} CASCADE"
    )
    return [Step(text, column)]
