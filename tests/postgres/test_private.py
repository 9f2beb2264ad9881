"""What somebody else has put in a shared folder is neither run, nor followed, nor believed; root is no exception."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from slate_pg.errors import ServerError
from slate_pg.postgres import private, server
from slate_pg.postgres.account import server_account
from slate_pg.postgres.binaries import Binaries, find_binaries
from slate_pg.postgres.connection import connect
from slate_pg.postgres.postmaster import end_orphan
from tests.workshop import eventually, reap

NOBODY = pwd.getpwnam("nobody")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can plant files of another user")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder like /tmp: everybody may write, nobody may rename what is another's."""
    path = Path(tempfile.mkdtemp(prefix="slate-shared-", dir="/tmp" if os.path.isdir("/tmp") else None)).resolve()
    path.chmod(0o1777)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def root_of_private(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(private, "private_root", lambda: shared)
    return shared


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Binaries:
    """The programs behind a folder that only we can enter, as in root's home."""
    found = find_binaries()
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    prefix, package = found.server.parents[:2]
    shutil.copytree(prefix, folder / package.name / prefix.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    programs = folder / package.name / prefix.name / found.server.name
    client = programs if found.client == found.server else found.client
    return replace(found, server=programs, client=client)


def plant(path: Path, text: str, mode: int = 0o755) -> Path:
    """Write a file with its folders, all of them nobody's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    for each in (path, *path.parents):
        if each.stat().st_uid == 0 and not each.stat().st_mode & 0o1000 and str(each).count("/") > 2:
            os.chown(each, NOBODY.pw_uid, NOBODY.pw_gid)
        else:
            break
    return path


def forked(work: Callable[[], Any], uid: int | None = None) -> int:
    """Run something in a forked process, as another user where one is given; return its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if uid is not None:
                os.setgroups([])
                os.setgid(NOBODY.pw_gid)
                os.setuid(uid)
            code = int(work() or 0)
        except BaseException as error:
            sys.stderr.write(f"{error}\n")
        finally:
            os._exit(code)
    return reap(pid)


@as_root
def test_a_planted_program_is_never_run_whoever_the_folder_belongs_to(root_of_private: Path, closed: Binaries) -> None:
    witness = root_of_private / "witness"
    for folder in ("slate-binaries", f"{private.PREFIX}x/programs", "slate-private-binaries"):
        for program in ("postgres", "initdb", "pg_ctl", "pg_restore"):
            script = f"#!/bin/sh\nid -un >> {witness}\n"
            plant(root_of_private / folder / str(closed.major) / "bin" / program, script)
    with server.disposable(closed) as running, connect(running.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert os.stat(running.binaries.path("postgres")).st_uid == 0
        # What we run ourselves is never a copy.
        assert running.binaries.client_path("pg_restore") == str(closed.client / "pg_restore")
    assert not witness.exists()


@as_root
def test_the_servers_user_cannot_change_the_programs_it_runs(root_of_private: Path, closed: Binaries) -> None:
    with server.disposable(closed) as running:
        program = running.binaries.server / "postgres"
        uid = running.account.uid
        assert {
            path for path in (program, *list(program.parents)[:6]) if forked(partial(os.access, path, os.W_OK), uid)
        } == set()
        assert forked(partial(os.access, program, os.X_OK), uid) == 1


@as_root
@pytest.mark.parametrize("what", ["the copy", "a link", "open to all"])
def test_a_planted_copy_beside_the_embedded_server_is_refused_by_name(
    shared: Path, closed: Binaries, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    spare = shared / "home-binaries"
    if what == "the copy":
        plant(spare / str(closed.major) / "bin" / "postgres", "#!/bin/sh\n")
    elif what == "a link":
        (shared / "elsewhere").mkdir()
        spare.symlink_to(shared / "elsewhere")
    else:
        spare.mkdir()
        spare.chmod(0o777)
    monkeypatch.setenv("SLATE_HOME", str(shared / "home"))
    monkeypatch.setattr(server, "find_binaries", lambda: closed)
    with pytest.raises(ServerError, match="home-binaries"):
        server.embedded_server()


@as_root
def test_the_copy_beside_the_embedded_server_is_made_once_and_is_ours(
    shared: Path, closed: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLATE_HOME", str(shared / "home"))
    monkeypatch.setattr(server, "find_binaries", lambda: closed)
    first, second = server.embedded_server(), server.embedded_server()
    assert first.binaries.server == second.binaries.server != closed.server
    assert [p for p in (shared / "home-binaries").rglob("*") if p.lstat().st_uid or p.stat().st_mode & 0o022] == []


@as_root
def test_an_innocent_process_is_not_signalled_for_a_pid_in_a_file(root_of_private: Path) -> None:
    account = server_account()
    with subprocess.Popen(["sleep", "600"]) as innocent:
        for folder in (f"slate-{reaped()}-x", f"{private.PREFIX}x"):
            file = plant(root_of_private / folder / "server" / "data" / "postmaster.pid", f"{innocent.pid}\n")
            for path in (file, *list(file.parents)[:3]):
                os.chown(path, account.uid, account.gid)
            assert not end_orphan(file.parent, account)
        with server.disposable():
            pass
        assert innocent.poll() is None
        # The folder is another's: it stays where it is.
        assert (root_of_private / f"{private.PREFIX}x").exists()
        innocent.kill()


def reaped() -> int:
    """Return the pid of a process that is gone."""
    return subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True).stdout.strip()


def test_another_server_of_the_same_user_is_not_stopped_for_a_pid_in_a_file(root_of_private: Path) -> None:
    with server.disposable() as running:
        pid = (running.data / "postmaster.pid").read_text()
        other = root_of_private / "other" / "data"
        other.mkdir(parents=True)
        (other / "postmaster.pid").write_text(pid)
        os.chown(other / "postmaster.pid", running.account.uid, running.account.gid)
        assert not end_orphan(other, running.account)
        assert running.is_running


def test_what_a_killed_run_left_is_stopped_and_removed_and_what_runs_is_left_alone(root_of_private: Path) -> None:
    def start_and_die() -> None:
        started = server.disposable()  # kept, or its end would come with the garbage collector
        started.__enter__()
        os._exit(0)

    with server.disposable() as mine:
        assert forked(start_and_die) == 0
        (left,) = [p for p in root_of_private.glob(f"{private.PREFIX}*") if p != mine.home.parent]
        pid = int((left / "server" / "data" / "postmaster.pid").read_text().split()[0])
        with server.disposable():
            assert not left.exists()
        eventually(lambda: not os.path.exists(f"/proc/{pid}"), "the orphan ends")
        assert mine.is_running


@as_root
def test_a_link_in_a_shared_folder_is_neither_followed_nor_removed(root_of_private: Path, tmp_path: Path) -> None:
    kept = tmp_path / "server" / "data"
    kept.mkdir(parents=True)
    (kept / "postmaster.pid").write_text("1\n")
    (root_of_private / f"{private.PREFIX}link").symlink_to(tmp_path)
    with server.disposable():
        pass
    assert (kept / "postmaster.pid").exists()


@as_root
@pytest.mark.parametrize("case", ["owned", "owned above", "open", "open above"])
def test_a_home_that_is_anothers_is_refused_by_every_command(
    shared: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    above = shared / "above"
    home = above / "home"
    home.mkdir(parents=True)
    bad = above if "above" in case else home
    os.chown(bad, NOBODY.pw_uid if "owned" in case else 0, -1)
    bad.chmod(0o755 if "owned" in case else 0o777)
    monkeypatch.setenv("SLATE_HOME", str(home))
    for ask in (server.embedded_home, server.embedded_server, server.embedded_url_if_running):
        with pytest.raises(ServerError, match=str(bad)):
            ask()


@as_root
def test_a_home_of_ours_or_of_the_servers_user_is_taken(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = shared / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("SLATE_HOME", str(home))
    for uid in (0, server_account().uid):
        os.chown(home, uid, -1)
        assert server.embedded_home() == home


def test_a_folder_with_something_in_it_is_not_taken_for_a_servers(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shared / "home"
    home.mkdir(mode=0o755)
    (home / "letters").write_text("mine")
    monkeypatch.setenv("SLATE_HOME", str(home))
    with pytest.raises(ServerError, match="it holds letters"):
        server.embedded_server().create()
    assert (home.stat().st_uid, home.stat().st_mode & 0o777) == (os.geteuid(), 0o755)


@as_root
def test_another_users_home_is_refused_to_a_user_too(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> int:
        try:
            server.embedded_url_if_running()
        except ServerError as error:
            return 7 if "belongs to" in error.message else 8
        return 9

    home = shared / "home"
    home.mkdir(mode=0o755)
    os.chown(home, server_account().uid, -1)
    monkeypatch.setenv("SLATE_HOME", str(home))
    assert forked(ask, NOBODY.pw_uid) == 7


@as_root
def test_a_user_runs_a_disposable_server_of_his_own(root_of_private: Path) -> None:
    def work() -> int:
        with server.disposable() as running, connect(running.url()) as connection:
            assert running.home.parent.stat().st_mode & 0o777 == 0o700
            return 7 if connection.execute("SELECT 1").fetchone() == (1,) else 8

    assert forked(work, NOBODY.pw_uid) == 7
    assert list(root_of_private.glob(f"{private.PREFIX}*")) == []


@pytest.mark.parametrize("how", ["link", "hard link", "pipe", "another's"])
def test_the_log_of_a_server_is_read_only_where_it_is_a_plain_file_of_its_user(tmp_path: Path, how: str) -> None:
    if how == "another's" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    account = server_account()
    secret, log = tmp_path / "secret", tmp_path / "server.log"
    secret.write_text("root's own")
    os.chown(secret, 0 if how == "another's" and account.uid else account.uid, -1)
    {"link": log.symlink_to, "hard link": log.hardlink_to, "another's": secret.rename}.get(
        how, lambda _: os.mkfifo(log)
    )(secret if how != "another's" else log)  # fmt: skip
    with pytest.raises(OSError, match=r"Too many levels|is not what it seems"):
        account.read(log)


def test_a_private_folder_is_not_made_where_others_can_rename_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    monkeypatch.setattr(private, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "open"))
    with pytest.raises(ServerError, match="others can replace"):
        private.private_root()
    (tmp_path / "open").chmod(0o1777)
    assert private.private_root() == (tmp_path / "open").resolve()


@pytest.mark.parametrize("name", ["a b", """it's "$(touch x)" `id`; größe & 50% \\ done"""])
def test_a_home_of_any_name_holds_a_server(shared: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SLATE_HOME", str(shared / name))
    embedded = server.embedded_server()
    try:
        embedded.create()
        embedded.start(("fsync=off", "application_name=two words"))
        with connect(embedded.url()) as connection:
            assert connection.execute("SHOW unix_socket_directories").fetchone()[0].strip('"')
            assert connection.execute("SELECT setting FROM pg_settings WHERE name = 'fsync'").fetchone() == ("off",)
        with connect(server.embedded_url_if_running().replace("/slate?", "/postgres?")) as connection:
            assert connection.info.host == str(shared / name)
    finally:
        assert embedded.stop("immediate")
    assert sorted(p.name for p in shared.iterdir()) == [name]


@pytest.mark.parametrize("name", ["a,b", "a\nb", "x" * 120])
def test_a_home_that_no_socket_can_lie_in_is_refused_before_it_is_made(
    shared: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("SLATE_HOME", str(shared / name))
    with pytest.raises(ServerError, match="socket"):
        server.embedded_server().create()
    assert list(shared.iterdir()) == []
