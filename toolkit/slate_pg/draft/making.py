"""Makes whole objects, and drops them. Pure: a state in, statements out; what has no words is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.columns import add_column, drop_column, sequence_words
from slate_pg.draft.side import Side
from slate_pg.draft.tables import column_settings, columns_of, constraint_words, create_table
from slate_pg.draft.words import Step, addressed, foreign, indented, literal, schema_word, settings

_ENABLED = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_KEPT = ("table", "column")


def create(side: Side, identity: Identity) -> list[Step] | None:
    """Return the statements that make an object; None where nothing knows how."""
    if identity.kind == "column":
        return add_column(side, identity)
    if side.told(identity).get("internal"):
        return []
    maker = _MAKERS.get(identity.kind)
    if maker is None or identity not in side.objects:
        return None
    return [Step(text, identity) for text in maker(side, identity)]


def drop(side: Side, identity: Identity) -> list[Step] | None:
    """Return the statements that drop an object; None where nothing knows how."""
    told = side.told(identity)
    if identity.kind == "column":
        return drop_column(side, identity)
    if identity not in side.objects or told.get("derived") or told.get("internal") or told.get("of_constraint"):
        return []
    if identity.kind == "constraint" and told["type"] == "t":
        return []  # its trigger's
    if identity.kind == "constraint" and identity.on:
        verb = "DOMAIN" if identity.on.kind == "domain" else "TABLE"
        return [Step(f"ALTER {verb} {told['table']} DROP CONSTRAINT {side.called(identity)}", identity)]
    if identity.kind == "publication" and identity.on:
        return [Step(f"ALTER PUBLICATION {side.called(identity)} DROP TABLE ONLY {told['table']}", identity)]
    if identity.kind == "user mapping":
        return [Step(f"DROP USER MAPPING FOR {side.called(identity)} SERVER {told['server']}", identity)]
    if identity.kind == "cast":
        return [Step(f"DROP CAST {side.called(identity)}", identity)]
    loss = f"every row of {side.called(identity)}" if identity.kind == "table" else ""
    if identity.kind == "schema" and any(i.kind == "table" and i.schema == identity.name for i in side.facts):
        loss = f"nothing more, once the tables in {side.called(identity)} are gone"
    return [Step(f"DROP {addressed(side, identity)}", identity, loss)]


def enable(side: Side, identity: Identity) -> str:
    """Return the statement that gives a trigger or a rule of a table its state."""
    told = side.told(identity)
    return f"ALTER TABLE {told['table']} {_ENABLED[told['enabled']]} {identity.kind.upper()} {side.called(identity)}"


def _schema(side: Side, identity: Identity) -> list[str]:
    return [f"CREATE SCHEMA {side.called(identity)}"]


def _table(side: Side, identity: Identity) -> list[str]:
    return create_table(side, identity)


def _view(side: Side, identity: Identity) -> list[str]:
    told, called = side.told(identity), side.called(identity)
    options = f" WITH ({settings(told['options'])})" if told["options"] else ""
    kind, body = identity.kind.upper(), str(told["definition"]).strip().removesuffix(";")
    tail = "" if identity.kind == "view" or told["populated"] else "\nWITH NO DATA"
    place = f" TABLESPACE {quote(told['tablespace'])}" if told["tablespace"] else ""
    said = [f"CREATE {kind} {called}{options}{place} AS\n{_unindented(body)}{tail}"]
    for column, made in columns_of(side, identity):
        if identity.kind == "view" and made["default"] is not None:
            said.append(f"ALTER VIEW {called} ALTER COLUMN {made.called} SET DEFAULT {made['default']}")
        elif identity.kind == "materialized view":
            said += column_settings(side, column, None, made)
    return said


def _unindented(body: str) -> str:
    """Return a query as the server prints it, without the blank that it starts with."""
    return body[1:] if body.startswith(" ") else body


def _sequence(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    if told["internal"]:
        return []
    kind = "UNLOGGED SEQUENCE" if told["persistence"] == "u" else "SEQUENCE"
    return [f"CREATE {kind} {side.called(identity)} {sequence_words(told)}"]


def _constraint(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    if told["derived"] or told["type"] == "t":
        return []
    verb = "DOMAIN" if identity.on and identity.on.kind == "domain" else "TABLE"
    return [f"ALTER {verb} {told['table']} ADD {constraint_words(side, identity)}"]


def _index(side: Side, identity: Identity) -> list[str]:
    told, called = side.told(identity), side.called(identity)
    if told["derived"]:
        return []
    said = []
    if not told["of_constraint"]:
        place = f" TABLESPACE {quote(told['tablespace'])}" if told["tablespace"] else ""
        definition = str(told["definition"])
        if told["partitioned"]:  # the server prints it as of the parent alone
            definition = definition.replace(" ON ONLY ", " ON ", 1)
        head, where, predicate = definition.partition(" WHERE ")
        said.append(f"{head}{place}{where}{predicate}" if place else definition)
    for number, target in sorted((told["statistics"] or {}).items()):
        said.append(f"ALTER INDEX {called} ALTER COLUMN {number} SET STATISTICS {target}")
    said += index_states(side, identity)
    return said


def index_states(side: Side, identity: Identity) -> list[str]:
    """Return the statements by which a table goes by an index."""
    told = side.told(identity)
    return [
        *([f"ALTER TABLE {told['table']} CLUSTER ON {told['bare']}"] if told["clustered"] else []),
        *(
            [f"ALTER TABLE {told['table']} REPLICA IDENTITY USING INDEX {told['bare']}"]
            if told["replica_identity"]
            else []
        ),
    ]


def _triggers(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    if told.get("derived"):
        return []
    made = [str(told["definition"]).removesuffix(";")]
    return made + ([enable(side, identity)] if told["enabled"] != "O" else [])


def _policy(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    text = f"CREATE POLICY {side.called(identity)} ON {told['table']}"
    text += "" if told["permissive"] else " AS RESTRICTIVE"
    text += f" FOR {told['command']} TO {', '.join(told['roles'])}"
    return [text + policy_words(told)]


def policy_words(told: Mapping[str, Any]) -> str:
    """Return a policy's conditions."""
    text = f"\n    USING ({told['using']})" if told["using"] is not None else ""
    return text + (f"\n    WITH CHECK ({told['with_check']})" if told["with_check"] is not None else "")


def _statistics(side: Side, identity: Identity) -> list[str]:
    told, called = side.told(identity), side.called(identity)
    text = str(told["definition"]).replace(f"CREATE STATISTICS {told['qualified']}", f"CREATE STATISTICS {called}", 1)
    target = [] if told["target"] is None else [f"ALTER STATISTICS {called} SET STATISTICS {told['target']}"]
    return [text, *target]


def _type(side: Side, identity: Identity) -> list[str]:
    told, called = side.told(identity), side.called(identity)
    if told["type"] == "e":
        labels = ", ".join(map(literal, told["labels"]))
        return [f"CREATE TYPE {called} AS ENUM ({labels})"]
    if told["type"] == "c":
        items = [
            f"{m.called} {m['type']}" + (f" COLLATE {m['collation']}" if m["collation"] else "")
            for _, m in columns_of(side, identity)
        ]
        return [f"CREATE TYPE {called} AS (\n{indented(items)}\n)" if items else f"CREATE TYPE {called} AS ()"]
    if told["type"] == "r":
        return [f"CREATE TYPE {called} AS RANGE ({told['range']})"]
    return [f"CREATE TYPE {called}"] if told["shell"] else []


def _domain(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    text = f"CREATE DOMAIN {side.called(identity)} AS {told['base']}"
    text += f" COLLATE {told['collation']}" if told["collation"] else ""
    text += f" DEFAULT {told['default']}" if told["default"] is not None else ""
    if told["not_null"]:
        text += (f" CONSTRAINT {quote(told['not_null_name'])}" if told.get("not_null_name") else "") + " NOT NULL"
    return [text]


def _plainly(words: str) -> Callable[[Side, Identity], list[str]]:
    def make(side: Side, identity: Identity) -> list[str]:
        told = side.told(identity)
        text = words.format(word=identity.kind.upper(), called=side.called(identity), words=told["words"])
        return [text]

    return make


def _conversion(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    default = "DEFAULT " if told["default"] else ""
    return [f"CREATE {default}CONVERSION {side.called(identity)} FOR {told['words']}"]


def _configuration(side: Side, identity: Identity) -> list[str]:
    told, called = side.told(identity), side.called(identity)
    head = f"ALTER TEXT SEARCH CONFIGURATION {called} ADD MAPPING FOR"
    return [
        f"CREATE TEXT SEARCH CONFIGURATION {called} ({told['words']})",
        *(f"{head} {token} WITH {dictionaries}" for token, dictionaries in told["mappings"]),
    ]


def _extension(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    place = schema_word(side, told["place"])
    return [
        f"CREATE EXTENSION IF NOT EXISTS {side.called(identity)} WITH SCHEMA {place} VERSION {literal(told['version'])}"
    ]


def _publication(side: Side, identity: Identity) -> list[str]:
    told, called = side.told(identity), side.called(identity)
    if identity.on:
        columns = f" ({', '.join(told['columns'])})" if told["columns"] else ""
        where = f" WHERE ({told['row_filter']})" if told["row_filter"] is not None else ""
        return [f"ALTER PUBLICATION {called} ADD TABLE ONLY {told['table']}{columns}{where}"]
    places = ", ".join(schema_word(side, name) for name in told["schemas"])
    what = " FOR ALL TABLES" if told["all_tables"] else f" FOR TABLES IN SCHEMA {places}" if places else ""
    return [f"CREATE PUBLICATION {called}{what} WITH ({publication_words(told)})"]


def publication_words(told: Mapping[str, Any]) -> str:
    """Return what a publication passes on."""
    root = "true" if told["via_root"] else "false"
    generated = ", publish_generated_columns = stored" if told.get("generated_columns") == "s" else ""
    return f"publish = {literal(told['operations'])}, publish_via_partition_root = {root}{generated}"


def _event_trigger(side: Side, identity: Identity) -> list[str]:
    told, called = side.told(identity), side.called(identity)
    tags = f" WHEN TAG IN ({', '.join(told['tags'])})" if told["tags"] else ""
    made = f"CREATE EVENT TRIGGER {called} ON {told['event']}{tags} EXECUTE FUNCTION {told['function']}()"
    state = [f"ALTER EVENT TRIGGER {called} {_ENABLED[told['enabled']]}"] if told["enabled"] != "O" else []
    return [made, *state]


def _wrapper(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    words = "".join(f" {w.upper()} {told[w]}" for w in ("handler", "validator") if told[w])
    return [f"CREATE FOREIGN DATA WRAPPER {side.called(identity)}{words}{foreign(told['options'])}"]


def _server(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    words = "".join(f" {w.upper()} {literal(told[w])}" for w in ("type", "version") if told[w] is not None)
    text = f"CREATE SERVER {side.called(identity)}{words} FOREIGN DATA WRAPPER {told['wrapper']}"
    return [text + foreign(told["options"])]


def _mapping(side: Side, identity: Identity) -> list[str]:
    told = side.told(identity)
    return [] if told["names"] else [f"CREATE USER MAPPING FOR {side.called(identity)} SERVER {told['server']}"]


def _routines(side: Side, identity: Identity) -> list[str]:
    from slate_pg.draft.routines import create_routine

    return create_routine(side, identity)


def _operators(side: Side, identity: Identity) -> list[str]:
    from slate_pg.draft.routines import create_operator

    return create_operator(side, identity)


_MAKERS: dict[str, Callable[[Side, Identity], list[str]]] = {
    "schema": _schema, "table": _table, "foreign table": _table,
    "view": _view, "materialized view": _view, "sequence": _sequence,
    "constraint": _constraint, "index": _index, "trigger": _triggers, "rule": _triggers, "policy": _policy,
    "statistics": _statistics, "type": _type, "domain": _domain,
    "collation": _plainly("CREATE COLLATION {called} ({words})"),
    "text search dictionary": _plainly("CREATE TEXT SEARCH DICTIONARY {called} ({words})"),
    "text search configuration": _configuration, "cast": _plainly("CREATE CAST {called} {words}"),
    "conversion": _conversion, "extension": _extension, "publication": _publication, "event trigger": _event_trigger,
    "foreign data wrapper": _wrapper, "server": _server, "user mapping": _mapping, "function": _routines,
    "procedure": _routines, "aggregate": _routines, "operator": _operators, "operator class": _operators,
    "operator family": _operators,
}  # fmt: skip
