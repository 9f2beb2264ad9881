"""A disposable server starts from a copy of what initdb made before; what is wrong with the copy costs time, no more."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from slate_pg.postgres import cluster_template, server
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.cluster_template import ClusterTemplate
from slate_pg.postgres.connection import connect
from tests.postgres.test_private import NOBODY, as_root


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the templates of this test go."""
    monkeypatch.setenv("SLATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home-clusters"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The clusters that initdb made from now on."""
    clusters: list[Path] = []
    real = server.Server.create

    def create(self: server.Server) -> None:
        clusters.append(self.data)
        real(self)

    monkeypatch.setattr(server.Server, "create", create)
    return clusters


def databases() -> list[str]:
    """Start a disposable server, make a database in it, and return those it has."""
    with server.disposable() as running, connect(running.url()) as connection:
        connection.execute("CREATE DATABASE extra")
        return [row[0] for row in connection.execute("SELECT datname FROM pg_database ORDER BY 1")]


def kept(place: Path) -> Path:
    [template] = place.iterdir()
    return template


def test_initdb_runs_once_and_no_server_sees_what_another_did(place: Path, made: list[Path]) -> None:
    for _ in range(3):
        assert databases() == ["extra", "postgres", "template0", "template1"]
    assert len(made) == 1
    assert kept(place).name.startswith(f"{find_binaries().major}-")
    assert not (kept(place) / "postmaster.pid").exists()


@pytest.mark.parametrize("harm", ["empty", "cut", "gone", "another version"])
def test_a_broken_copy_is_made_anew(place: Path, made: list[Path], harm: str) -> None:
    databases()
    control = kept(place) / "global" / "pg_control"
    if harm == "gone":
        control.unlink()
    elif harm == "another version":
        (kept(place) / "PG_VERSION").write_text("9.6\n")
    else:
        control.write_bytes(b"" if harm == "empty" else control.read_bytes()[:100])
    assert databases()
    assert databases()
    assert len(made) == 2


def test_settings_that_no_server_takes_are_told_as_before(place: Path) -> None:
    databases()
    with (
        pytest.raises(server.ServerError, match="did not start"),
        server.disposable(settings=("no_such_setting=1",)),
    ):
        raise AssertionError("unreachable")


@as_root
def test_a_folder_of_somebody_else_is_not_believed(place: Path, made: list[Path]) -> None:
    databases()
    os.chown(kept(place), NOBODY.pw_uid, NOBODY.pw_gid)
    assert databases()
    os.chown(kept(place), 0, 0)
    os.chown(place, NOBODY.pw_uid, NOBODY.pw_gid)
    assert databases()
    assert len(made) == 3


def test_a_link_in_its_place_is_not_followed(place: Path, made: list[Path], tmp_path: Path) -> None:
    databases()
    template = kept(place)
    template.rename(tmp_path / "elsewhere")
    template.symlink_to(tmp_path / "elsewhere")
    assert databases()
    assert len(made) == 2


def test_where_nothing_can_be_kept_initdb_runs_each_time(place: Path, made: list[Path]) -> None:
    place.write_text("a file")
    assert databases()
    assert databases()
    assert len(made) == 2


def test_a_copy_that_does_not_fit_is_no_error(
    place: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    databases()
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "cp").write_text('#!/bin/sh\nmkdir -p "$3" && echo "No space left on device" >&2\nexit 1\n')
    (programs / "cp").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    assert databases()
    assert len(made) == 2


def test_other_programs_and_another_c_library_have_a_template_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = find_binaries()
    copy = tmp_path / "bin"
    copy.mkdir()
    (copy / "postgres").write_bytes(b"another")
    names = [ClusterTemplate(tmp_path, each).data for each in (ours, replace(ours, server=copy))]
    monkeypatch.setattr(cluster_template.os, "confstr", lambda _: "glibc 9.99")
    names.append(ClusterTemplate(tmp_path, ours).data)
    assert len(set(names)) == 3


def test_one_that_was_not_used_for_a_month_goes(place: Path) -> None:
    place.mkdir(mode=0o700)
    for name, days in (("14-old", 31), ("16-used", 29)):
        (place / name).mkdir()
        os.utime(place / name, (time.time() - days * 86400,) * 2)
    databases()
    names = {each.name for each in place.iterdir()}
    assert (len(names), "14-old" in names, "16-used" in names) == (2, False, True)
