"""Makes tables, and alters them and their columns in place. Pure: two states in, statements out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.side import Made, Side
from slate_pg.draft.words import changed_foreign, changed_settings, foreign, indented, literal, settings

_IDENTITY = {"a": "ALWAYS", "d": "BY DEFAULT"}
_REPLICA = {"d": "DEFAULT", "n": "NOTHING", "f": "FULL"}
# A constraint of these kinds stands in CREATE TABLE; a foreign key is added when the other table is there.
_INLINE = ("p", "u", "c", "x")
# The server numbers these triggers, so that they are found by their constraint.
_FOR_EACH = """DO $$
DECLARE
    v_trigger name;
BEGIN
    FOR v_trigger IN
        SELECT t.tgname
        FROM pg_trigger AS t
        INNER JOIN pg_constraint AS k ON k.oid = t.tgconstraint
        WHERE t.tgrelid = {table}::regclass AND t.tgisinternal AND k.conname = {name}
    LOOP
        EXECUTE format('ALTER TABLE %s {verb} TRIGGER %I', {table}::regclass, v_trigger);
    END LOOP;
END;
$$"""
_STATED = re.compile(r" (?:NOT VALID|NOT ENFORCED)")


def columns_of(side: Side, relation: Identity) -> list[tuple[Identity, Made]]:
    """Return the columns of a relation in their order."""
    found = [(i, m) for i, m in side.objects.items() if i.kind == "column" and i.on == relation]
    return sorted(found, key=lambda each: each[1]["position"])


def column_words(column: Made, major: int, *, named: bool = True) -> str:
    """Return a column as CREATE TABLE and ADD COLUMN take it."""
    words = [column.called, column["type"]]
    if column["collation"]:
        words.append(f"COLLATE {column['collation']}")
    if column["compression"]:
        words.append(f"COMPRESSION {column['compression']}")
    if column["generated"]:
        kind = "STORED" if column["generated"] == "s" else "VIRTUAL"
        words.append(f"GENERATED ALWAYS AS ({column['default']}) {kind}")
    elif column["identity"]:
        words.append(identity_words(column))
    elif column["default"] is not None:
        words.append(f"DEFAULT {column['default']}")
    if column["not_null"] and column["not_null_valid"] is not False and column["not_null_local"] is not False:
        name = column["not_null_name"] if named and major >= 18 else None
        words += [f"CONSTRAINT {quote(name)}"] if name else []
        words.append("NOT NULL")
        words += ["NO INHERIT"] if column["not_null_no_inherit"] else []
    return " ".join(words) + foreign(column["foreign_options"])


def identity_words(column: Made) -> str:
    """Return GENERATED … AS IDENTITY, with the sequence's name and what is not usual of it."""
    inside = " ".join(filter(None, [f"SEQUENCE NAME {column['sequence']}", column["sequence_options"]]))
    return f"GENERATED {_IDENTITY[column['identity']]} AS IDENTITY ({inside})"


def is_inline(side: Side, constraint: Identity) -> bool:
    """Tell whether a constraint stands in its table's CREATE TABLE."""
    told = side.told(constraint)
    return (
        told.get("type") in _INLINE
        and not told["derived"]
        and bool(constraint.on and constraint.on.kind in ("table", "foreign table"))
        and not _STATED.search(told["definition"])
        and not side.told(constraint.on).get("is_partition")  # type: ignore[arg-type]
    )


def create_table(side: Side, table: Identity) -> list[str]:
    """Return the statements that make a table with its columns and its own constraints."""
    told, called = side.told(table), side.called(table)
    kind = "UNLOGGED TABLE" if told["persistence"] == "u" else word_of(table)
    head = f"CREATE {kind} {called}"
    items: list[str] = []
    columns = columns_of(side, table)
    if told["is_partition"]:
        tail = f" PARTITION OF {told['parents'][0]} {told['bound']}"
        text = head + tail
    else:
        if told["of_type"]:
            head += f" OF {told['of_type']}"
            items += [f"{c.called} {w}" for _, c in columns if (w := _of_type_words(c))]
        else:
            items += [column_words(c, side.major) for _, c in columns if c["local"]]
        inline = [i for i in side.objects if i.kind == "constraint" and i.on == table and is_inline(side, i)]
        order = sorted(inline, key=lambda i: ("pucx".index(side.told(i)["type"]), i.name))
        items += [f"CONSTRAINT {side.called(i)} {_with_options(side.told(i))}" for i in order]
        text = f"{head} (\n{indented(items)}\n)" if items else head if told["of_type"] else f"{head} ()"
        if told["parents"]:
            text += f" INHERITS ({', '.join(told['parents'])})"
    text += f" PARTITION BY {told['partitioned_by']}" if told["partitioned_by"] else ""
    text += f" USING {quote(told['access_method'])}" if told["access_method"] not in (None, "heap") else ""
    options = ", ".join(filter(None, [settings(told["options"]), settings(told["toast_options"], "toast.")]))
    text += f" WITH ({options})" if options else ""
    text += f" TABLESPACE {quote(told['tablespace'])}" if told["tablespace"] else ""
    if table.kind == "foreign table":
        text += f" SERVER {quote(told['server'])}" + foreign(told["foreign_options"])
    return [text, *_settled(side, table, columns)]


def _of_type_words(column: Made) -> str:
    words = [f"DEFAULT {column['default']}"] if column["default"] is not None else []
    return " ".join([*words, *(["NOT NULL"] if column["not_null"] else [])])


def _with_options(told: Mapping[str, Any]) -> str:
    """Return a constraint's definition with the storage parameters of its index."""
    definition = str(told["definition"])
    if not told["options"]:
        return definition
    found = re.search(r"(?: NOT DEFERRABLE| DEFERRABLE)(?: INITIALLY \w+)?\Z", definition)
    at = found.start() if found else len(definition)
    return f"{definition[:at]} WITH ({settings(told['options'])}){definition[at:]}"


def constraint_words(side: Side, constraint: Identity) -> str:
    """Return a constraint as ADD takes it."""
    return f"CONSTRAINT {side.called(constraint)} {_with_options(side.told(constraint))}"


def _settled(side: Side, table: Identity, columns: list[tuple[Identity, Made]]) -> Iterator[str]:
    """Yield what CREATE TABLE has no words for."""
    told, called = side.told(table), side.called(table)
    if told["row_security"]:
        yield f"ALTER TABLE {called} ENABLE ROW LEVEL SECURITY"
    if told["force_row_security"]:
        yield f"ALTER TABLE {called} FORCE ROW LEVEL SECURITY"
    if told["replica_identity"] in ("n", "f") and table.kind == "table":
        yield f"ALTER TABLE {called} REPLICA IDENTITY {_REPLICA[told['replica_identity']]}"
    for identity, column in columns:
        inherited = told["is_partition"] or not column["local"]
        if inherited and column["default"] is not None and not column["generated"] and told["is_partition"]:
            continue  # the parent's, as a rule; what is left over is altered
        yield from column_settings(side, identity, None, column)


def word_of(relation: Identity) -> str:
    """Return the word by which a relation's columns are altered."""
    return {"foreign table": "FOREIGN TABLE", "materialized view": "MATERIALIZED VIEW", "view": "VIEW"}.get(
        relation.kind, "TABLE"
    )


def column_settings(side: Side, column: Identity, old: Made | None, new: Made) -> Iterator[str]:
    """Yield what says how a column is stored and counted, where it differs."""
    head = column_head(side, column)
    if (old is None and not new["usual_storage"]) or (old is not None and old["storage"] != new["storage"]):
        yield f"{head} SET STORAGE {new['storage']}"
    if old is not None and old["compression"] != new["compression"]:
        yield f"{head} SET COMPRESSION {new['compression'] or 'default'}"
    if (old["statistics"] if old else None) != new["statistics"]:
        yield f"{head} SET STATISTICS {-1 if new['statistics'] is None else new['statistics']}"
    yield from changed_settings(head, old["options"] if old else None, new["options"])


def column_head(side: Side, column: Identity) -> str:
    """Return how ALTER begins for a column."""
    relation = column.on or column
    return f"ALTER {word_of(relation)} {side.called(relation)} ALTER COLUMN {quote(column.name)}"


def alter_table(src: Side, dst: Side, table: Identity, changed: set[str]) -> list[str] | None:
    """Return the statements that alter a table; None for what cannot be altered."""
    old, new, called = src.told(table), dst.told(table), dst.called(table)
    head = f"ALTER {word_of(table)} {called}"
    if changed & {"partitioned_by", "server", "kind"}:
        return None
    said: list[str] = []
    if "of_type" in changed:
        said.append(f"{head} OF {new['of_type']}" if new["of_type"] else f"{head} NOT OF")
    if changed & {"partition_bound", "inherits"}:
        said += _moved(old, new, called)
    if "persistence" in changed:
        said.append(f"{head} SET {'UNLOGGED' if new['persistence'] == 'u' else 'LOGGED'}")
    if "access_method" in changed:
        said.append(f"{head} SET ACCESS METHOD {quote(new['access_method'] or 'heap')}")
    if "tablespace" in changed:
        said.append(f"{head} SET TABLESPACE {quote(new['tablespace'] or 'pg_default')}")
    if "options" in changed:
        said += changed_settings(head, old["options"], new["options"])
    if "toast_options" in changed:
        said += changed_settings(head, old["toast_options"], new["toast_options"], "toast.")
    if "row_security" in changed:
        said.append(f"{head} {'ENABLE' if new['row_security'] else 'DISABLE'} ROW LEVEL SECURITY")
    if "force_row_security" in changed:
        said.append(f"{head} {'' if new['force_row_security'] else 'NO '}FORCE ROW LEVEL SECURITY")
    if "replica_identity" in changed and new["replica_identity"] in _REPLICA:
        said.append(f"{head} REPLICA IDENTITY {_REPLICA[new['replica_identity']]}")
    if "foreign_options" in changed:
        said += changed_foreign(head, old["foreign_options"], new["foreign_options"])
    if "constraint_triggers_off" in changed:
        said += _states(src, dst, table)
    return said


def _states(src: Side, dst: Side, table: Identity) -> Iterator[str]:
    """Yield what turns the triggers that enforce foreign keys on and off, constraint by constraint."""
    old, new = (set(side.facts[table].get("constraint_triggers_off") or ()) for side in (src, dst))
    verbs = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
    wanted = {name[:-4]: verbs[name[-2]] for name in new}
    changed = {name[:-4]: "ENABLE" for name in old - new} | {
        n: v for n, v in wanted.items() if f"{n} ({_letter(v)})" not in old
    }
    for name, verb in sorted(changed.items()):
        yield _FOR_EACH.format(table=literal(dst.called(table)), name=literal(name), verb=verb)


def _letter(verb: str) -> str:
    return {"DISABLE": "D", "ENABLE REPLICA": "R", "ENABLE ALWAYS": "A"}[verb]


def _moved(old: Mapping[str, Any], new: Mapping[str, Any], called: str) -> Iterator[str]:
    """Yield what takes a table from its parents to others, as a partition or by inheritance."""
    if old["is_partition"]:
        yield f"ALTER TABLE {old['parents'][0]} DETACH PARTITION {called}" + (" FINALIZE" if old["pending"] else "")
    else:
        for parent in old["parents"] if new["is_partition"] or old["parents"] != new["parents"] else []:
            yield f"ALTER TABLE {called} NO INHERIT {parent}"
    if new["is_partition"]:
        yield f"ALTER TABLE {new['parents'][0]} ATTACH PARTITION {called} {new['bound']}"
    elif old["is_partition"] or old["parents"] != new["parents"]:
        for parent in new["parents"]:
            yield f"ALTER TABLE {called} INHERIT {parent}"
