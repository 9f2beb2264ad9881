"""What an object is known by: fields, and the one sentence made of them."""

from __future__ import annotations

import psycopg
import pytest

from slate_pg.backup import catalog_file, logical
from slate_pg.catalog import reader
from slate_pg.catalog.identity import Identity, quote
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.catalog.renaming import rename_schema, replace_qualifier
from tests.school import Target

IN_TURN = pytest.mark.parametrize("target", [None, 0, 3], ids=["plain", "hostile", "hostile again"], indirect=True)
NAMES = ("a", "a_1", "1a", "a$", "A", "", "a b", "x on y", 'q"uote', "it's", "ü", "学校", "_" * 63, "a.b", "public")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_quoted_as_the_server_quotes_it(db, name: str) -> None:
    assert quote(name) == db.value("SELECT quote_ident(%s::text)", name)


def test_every_keyword_is_quoted_as_the_server_quotes_it(db) -> None:
    """The list is that of PostgreSQL 18; what a version before has not reserved yet may be quoted all the same."""
    rows = db.rows("SELECT word, quote_ident(word) FROM pg_get_keywords()")
    lacking = [word for word, quoted in rows if quoted != word and quote(word) != quoted]
    needless = [word for word, quoted in rows if quoted == word and quote(word) != quoted]
    assert lacking == []
    assert needless == [] or db.connection.info.server_version < 180000


@IN_TURN
def test_a_sentence_names_one_object_and_says_what_the_server_says(target: Target) -> None:
    """regclass, regprocedure and pg_identify_object quote names themselves: what is made of fields must be the same."""
    facts = reader.read(target.connection).everything
    assert len({str(i) for i in facts}) == len(facts)
    with target.connection.transaction():
        target.connection.execute("SET LOCAL search_path = ''")
        for kind, cast in {
            "table": "regclass",
            "index": "regclass",
            "function": "regprocedure",
            "type": "regtype",
        }.items():
            for identity in (i for i in facts if i.kind == kind and i.schema and not i.on):
                query = f"SELECT %s::{cast}::text"
                found = target.connection.execute(query.encode(), [identity.qualified]).fetchone()
                assert found == (identity.qualified,)


@IN_TURN
def test_what_hangs_on_an_object_hangs_on_one_that_is_there(target: Target) -> None:
    facts = reader.read(target.connection).everything
    lost = {str(place) for i in facts for place in i.chain if place not in facts and not place.name.startswith("pg_")}
    assert lost == {f"language {name}" for name in ("c", "internal", "sql")}  # PostgreSQL came with them


@IN_TURN
def test_a_catalog_written_to_a_file_is_the_same_when_it_is_read(target: Target, tmp_path) -> None:
    schemas = [target.names.get("school", "school")]
    catalog = logical.read_catalog(target.connection, schemas)
    catalog_file.write_catalog(tmp_path / "catalog.json", catalog)
    assert catalog_file.load_catalog(tmp_path / "catalog.json") == catalog
    assert catalog.leaves


@IN_TURN
@pytest.mark.parametrize("new", ["plain_name", "a b", 'q"uote', "it's", "学校", "select", "\\1"])
def test_a_schema_read_under_another_name_equals_the_one_that_was_renamed(
    target: Target, changed: psycopg.Connection, new: str
) -> None:
    old = target.names.get("school", "school")
    expected = reader.read(changed, [old], database=False, rename={old: new})
    changed.execute(psycopg.sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(*map(psycopg.sql.Identifier, (old, new))))
    found = reader.read(changed, [new], database=False)
    pinned = {"config"}  # ALTER SCHEMA leaves the paths that functions are pinned to

    def without(catalog: Catalog) -> Facts:
        return {
            i: {name: value for name, value in attributes.items() if name not in pinned}
            for i, attributes in catalog.everything.items()
        }

    assert without(expected) == without(found)
    assert [f"search_path={quote(new)}, pg_temp"] in [f.get("config") for f in expected.facts.values()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.t", '"x y".t'),
        ('"a".t', '"x y".t'),
        ("b.a.t", "b.a.t"),
        ('"b a.t".c', '"b a.t".c'),
        ("nextval('a.s'::regclass)", "nextval('\"x y\".s'::regclass)"),
        ("aa.t + ba.t", "aa.t + ba.t"),
    ],
)
def test_only_a_qualifier_changes_its_name(text: str, said: str) -> None:
    assert replace_qualifier(text, "a", "x y") == said


def test_a_path_changes_name_by_name() -> None:
    path = 'search_path=a, "a b", pg_temp'
    assert replace_qualifier(path, "a", "x", alone=True) == 'search_path=x, "a b", pg_temp'
    assert replace_qualifier(path, "a b", "it's", alone=True) == 'search_path=a, "it\'s", pg_temp'


def test_a_schema_and_what_lies_in_it_change_by_field() -> None:
    table = Identity("table", "a", "a")
    facts: Facts = {Identity("schema", name="a"): {}, Identity("grant", name="a", on=table): {}}
    assert list(rename_schema(facts, "a", "b")) == [
        Identity("schema", name="b"), Identity("grant", name="a", on=Identity("table", "b", "a")),
    ]  # fmt: skip
