"""A copy of a database against the database: equal in everything that a rehearsal goes by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.catalog import reader
from slate_pg.catalog.compare import compare
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.checks import replay
from slate_pg.config import Project, find_project
from slate_pg.migrations import runner
from slate_pg.migrations.runner import Run
from slate_pg.postgres.connection import Connection, connect
from slate_pg.rehearsal import copy
from slate_pg.rehearsal.copy import Stage, stage
from slate_pg.rehearsal.definitions import read_definitions
from tests.school import HERE

# Nobody is superuser in a copy; comments and settings bear on no rehearsal.
_OTHERWISE = (
    "comment on ", "role ", "membership of ", "setting ", "extension plpgsql: owner", "language plpgsql: owner",
    "grant on parameter ", "member function ",
)  # fmt: skip
# What needs a superuser or another server is told by `definitions.uncopied` instead.
_TOLD = (
    "event trigger ",
    "foreign ",
    "publication ",
    "server ",
    "operator class ",
    "operator family ",
    "grant on foreign ",
)


def differences(target: Connection, made: Stage, schemas: Sequence[str]) -> list[str]:
    found = normalise_catalog(reader.read(made.watcher, schemas))
    told = [str(d) for d in compare(normalise_catalog(reader.read(target, schemas)), found)]
    return [d for d in told if not d.startswith(_OTHERWISE + _TOLD)]


@contextmanager
def installed(server: Any, name: str, project: Project) -> Iterator[Connection]:
    """Yield a database with every product applied; it is dropped, for its objects hold the shared server's roles."""
    try:
        with replay.new_database(server, name, project) as connection:
            for product in project.select([]):
                runner.apply(Run(connection, product, project.shared))
            yield connection
    finally:
        with connect(server.url()) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_one_object_of_every_kind_is_copied_or_named(slate_server: Any) -> None:
    project = find_project(str(HERE / "project" / "migrations"))
    with installed(slate_server, "copied_school", project) as target, stage(target, project, ["school"]) as made:
        assert (made.lacks, made.left) == ({}, {})
        assert made.definitions.uncopied == (
            "foreign table school.far_students", "event trigger watched", "publication changes",
            "operator class label_ops", "server far",
        )  # fmt: skip
        told = [d for d in differences(target, made, ["school"]) if "owner: expected" not in d]
        # A constraint that inheritance lets be valid below and not above cannot be told apart by its definition.
        assert [d for d in told if not d.startswith("constraint students_age_check on school.alumni")] == []


def test_all_five_products_are_copied_but_for_how_partitions_got_their_keys(
    slate_base: Any, slate_project: Project
) -> None:
    schemas = [p.schema for p in slate_project.products]
    with (
        installed(slate_base, "copied_products", slate_project) as target,
        stage(target, slate_project, schemas) as made,
    ):
        assert (made.lacks, made.left) == ({}, {})
        told = differences(target, made, schemas)
    by_extension = (" of extension ", ": no_inherit: ", "grant on database to PUBLIC")  # who connects is not copied
    assert [d for d in told if not any(w in d for w in by_extension) and not d.startswith("extension ")] == []


def test_an_extension_that_is_not_here_is_named_with_the_way_out(
    slate_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_postgis(target: Connection, schemas: Sequence[str], without: Sequence[str]) -> Any:
        found = read_definitions(target, schemas, without)
        objects = (*found.objects, ("table public.places", "CREATE TABLE public.places (at public.geometry)"))
        return replace(found, extensions=(("postgis", "public", "3.4"),), objects=objects)

    monkeypatch.setattr(copy, "read_definitions", with_postgis)
    project = find_project(str(HERE / "project" / "migrations"))
    with connect(slate_server.url()) as target, stage(target, project, ["school"]) as made:
        assert list(made.lacks) == ["postgis"]
        assert 'no extension "postgis"' in made.missing
        assert "set PG_BIN" in made.missing
        assert "no table public.places" in made.missing


def test_what_the_target_says_of_itself_runs_as_nobody(slate_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalog is written by others: a definition that would reach the machine is refused, and named."""

    def hostile(target: Connection, schemas: Sequence[str], without: Sequence[str]) -> Any:
        found = read_definitions(target, schemas, without)
        return replace(found, objects=(("view x", "COPY (SELECT 1) TO PROGRAM 'touch /tmp/slate-hostile'"),))

    monkeypatch.setattr(copy, "read_definitions", hostile)
    project = find_project(str(HERE / "project" / "migrations"))
    with connect(slate_server.url()) as target, stage(target, project, ["school"]) as made:
        assert "external program" in made.left["view x"]
        with made.open("school") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT pg_read_file('/etc/passwd')")


def test_a_copy_leaves_out_whole_schemas_with_all_that_hangs_on_them_and_lacks_nothing(slate_server: Any) -> None:
    project = find_project(str(HERE / "project" / "migrations"))
    others = ["other", "Weird \"Name'", "select"]
    make = (
        "CREATE TABLE {0}.p (id integer PRIMARY KEY, at date, k integer DEFAULT {0}.f()); ALTER TABLE {0}.p ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY mine ON {0}.p USING (id > 1); CREATE TABLE {0}.c (p integer REFERENCES {0}.p);"
        "CREATE VIEW {0}.v AS SELECT * FROM {0}.p; CREATE MATERIALIZED VIEW {0}.m AS SELECT 1 AS a;"
        "CREATE TEXT SEARCH DICTIONARY {0}.d (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION {0}.t (COPY = simple);"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {0} GRANT SELECT ON TABLES TO PUBLIC; GRANT SELECT ON {0}.p TO PUBLIC"
    )
    with connect(slate_server.url()) as admin:
        admin.execute("CREATE DATABASE leaving_out")
    try:
        with connect(slate_server.url("leaving_out")) as target:
            for name in (*others, "kept"):
                quoted = '"' + name.replace('"', '""') + '"'
                target.execute(
                    f"CREATE SCHEMA {quoted}; CREATE FUNCTION {quoted}.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
                )
                target.execute(make.format(quoted))
            with stage(target, project, ["school"], without=others) as made, made.open("school") as connection:
                assert made.missing == ""
                query = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information|slate)' ORDER BY 1"
                assert not {*others} & {r[0] for r in connection.execute(query)}
                assert connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'p'").fetchone() == (1,)
    finally:
        with connect(slate_server.url()) as admin:
            admin.execute("DROP DATABASE leaving_out WITH (FORCE)")
