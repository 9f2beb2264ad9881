"""Says how what stores a schema's name as text is mended, once the schema has another. Reads only.

What has to be sent is yielded as statements; what refers to the schema by number has followed by itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from psycopg import sql

from slate_pg.catalog.identity import quote
from slate_pg.catalog.renaming import replace_qualifier
from slate_pg.migrations import elsewhere, ledger
from slate_pg.migrations.naming import Held, renamed_comment, renamed_path
from slate_pg.postgres.connection import Connection, package_sql

_MINE = "search_path="
_WITH_TEXTS = 2  # the first version of the ledger with texts and notes


def mending(connection: Connection, held: Collection[Held], old: str, new: str) -> Iterator[str]:
    """Yield the statements that give everything its new name, of what was found by `find_held`. Reads only.

    Of an installation whose ledger is too old to hold texts and notes only the paths.
    """
    old_ledger = ledger.find_ledgers(connection, new).get(new, 0) < _WITH_TEXTS
    meant = [h for h in held if not old_ledger or h.kind != "comment"]
    yield from _renamed_texts(connection, meant, old, new, find_members(connection, new) if meant else set())
    if not old_ledger:
        yield from _renamed_notes(connection, old, new)


def find_held(connection: Connection, place: str, name: str, everywhere: bool) -> list[Held]:
    """Return what holds a schema's name as text, or may; the schema is called `place` by now. Reads only."""
    spelled = name.replace('"', '""').lower()
    tree = " ".join(str(byte - 256 if byte > 127 else byte) for byte in name.encode())  # as pg_node_tree has constants
    asked = {"place": place, "old": spelled, "everywhere": everywhere, "bytes": tree}
    return [Held(*row) for row in connection.execute(package_sql("migrations/find_texts"), asked)]


def find_members(connection: Connection, schema: str) -> set[str]:
    """Return the names of what lies in a schema. Reads only."""
    rows = connection.execute(package_sql("migrations/find_members"), {"schema": quote(schema)})
    return {str(row[0]) for row in rows}


def _renamed_texts(
    connection: Connection, held: Collection[Held], old: str, new: str, known: Collection[str]
) -> Iterator[str]:
    """Yield the statements that give paths and comments the new name. Pure but for the ledger's texts."""
    for one in held:
        if one.kind in ("setting", "role setting"):
            path = renamed_path(one.text, old, new) if one.text.startswith(_MINE) else None
            if path is not None:
                what = f"ROUTINE {one.target}" if one.kind == "setting" else one.target
                yield f"ALTER {what} SET search_path = {path}"
        elif one.kind == "comment":
            text = renamed_comment(one.text, old, new, known)
            if text != one.text and not _is_from_file(connection, new, one.text):
                yield f"COMMENT ON {one.target} IS {sql.Literal(text).as_string(connection)}"


def _is_from_file(connection: Connection, schema: str, comment: str) -> bool:
    """Tell whether a comment stands in a migration, word for word: that is what it is to be. Reads only."""
    query = "SELECT 1 FROM {schema}._slate_ledger WHERE strpos(body, %s) > 0 LIMIT 1"
    return bool(ledger.select_rows(connection, schema, query, [comment.replace("'", "''")]))


def _renamed_notes(connection: Connection, old: str, new: str) -> Iterator[str]:
    """Yield the statements that rename the schema in what the ledger says was made elsewhere. Reads only."""

    def known(value: object) -> object:
        if isinstance(value, list):
            return [known(one) for one in value]
        return new if value == old else replace_qualifier(value, old, new) if isinstance(value, str) else value

    for name, note in elsewhere.read_notes(connection, new).items():
        if old in note:
            changed = json.dumps(known(json.loads(note)), ensure_ascii=False)
            template = "UPDATE {schema}._slate_ledger SET note = {note} WHERE kind = 'migration' AND key = {key}"
            yield ledger.format_sql(connection, new, template, note=changed, key=name)
