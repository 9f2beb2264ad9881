"""The picture of a schema stays in its folder, whatever its objects are called."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from psycopg import sql

from slate_pg.checks.snapshot import dump, split_dump
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import connect
from slate_pg.testing.plugin import Base

if TYPE_CHECKING:
    from slate_pg.postgres.server import Server

ENTRY = "--\n-- Name: {}; Type: {}; Schema: app; Owner: -\n--\n\n{}\n\n\n"


def test_no_objects_name_leads_out_of_the_snapshots_folder() -> None:
    for name in ("../../evil", "/etc/x", "a/../../b", "..", "a\\b", ".hidden"):
        dump = (
            ENTRY.format(name, "TABLE", f'CREATE TABLE app."{name}" (\n    id integer\n);')
            + ENTRY.format(f"{name}()", "FUNCTION", f'CREATE FUNCTION app."{name}"() RETURNS integer;')
            + ENTRY.format(f'TABLE "{name}"', "COMMENT", f"COMMENT ON TABLE app.\"{name}\" IS 'x';")
            + ENTRY.format(f"{name} up", "CONSTRAINT", f'ALTER TABLE ONLY app."{name}"\n    ADD PRIMARY KEY (id);')
        )
        files = list(split_dump(dump))
        assert files
        for file in files:
            folder, _, rest = file.partition("/")
            assert folder in ("tables", "functions")
            assert not rest.startswith(".")
            assert "/" not in rest
            assert "\\" not in rest


NAMES = ("../../evil", "a/b", "CON", "con", "nul.x", "Weird Name", "weird name", "a(b", "a.b", "a", 'quo"te', "50%", "x.",
         "größe", "GRÖSSE", "Größe", "ä" * 31, "select", "tab\tle", "a ON b", "lpt1")  # fmt: skip


def test_one_file_an_object_whatever_its_name(slate_base: Base, tmp_path: Path) -> None:
    """With all that it owns in it, and apart on systems that know no case and on those that know devices."""
    with connect(slate_base.url()) as connection:
        connection.execute("DROP DATABASE IF EXISTS snapshot_names")
        connection.execute("CREATE DATABASE snapshot_names")
    with connect(slate_base.url("snapshot_names")) as connection:
        connection.execute("CREATE SCHEMA app; SET search_path = app")
        for number, name in enumerate(NAMES):
            table = sql.Identifier(name)
            for statement in (
                "CREATE TABLE {} (id integer PRIMARY KEY, note text)",
                "COMMENT ON TABLE {} IS {}", "COMMENT ON COLUMN {}.note IS {}",
                f"CREATE INDEX odd_{number} ON {{}} (note)", f"COMMENT ON INDEX odd_{number} IS {{1}}",
                "ALTER TABLE {} ENABLE ROW LEVEL SECURITY", "CREATE POLICY p ON {} USING (true)",
                "COMMENT ON POLICY p ON {} IS {}", "GRANT SELECT ON {} TO PUBLIC",
                "CREATE FUNCTION {}(numeric) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            ):  # fmt: skip
                connection.execute(sql.SQL(statement).format(table, sql.Literal(f"note {number}")))
    server = cast("Server", SimpleNamespace(binaries=find_binaries(), url=slate_base.url))
    files = split_dump(dump(server, "app", "snapshot_names"))
    tables = {name: text for name, text in files.items() if name.startswith("tables/")}
    assert len(tables) == len(NAMES)
    assert len({name.casefold() for name in files}) == len(files)
    for name, text in tables.items():
        assert text.count("CREATE TABLE") == text.count("ENABLE ROW LEVEL") == text.count("CREATE POLICY") == 1, name
        assert len(set(re.findall(r"IS 'note (\d+)'", text))) == 1, name
    for name, text in files.items():
        path = tmp_path / name
        assert path.resolve().is_relative_to(tmp_path / name.partition("/")[0]) or "/" not in name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert sum(name.startswith("functions/") for name in files) == len(NAMES)
    with connect(slate_base.url()) as connection:
        connection.execute("DROP DATABASE snapshot_names WITH (FORCE)")
