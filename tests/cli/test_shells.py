"""The real shells, on a terminal: what `slate --install-completion` installs is offered when a person presses TAB."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

SHELLS = {"bash": ["bash", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}
LIMIT_S = 60  # on a machine that is busy
_CONTROL = re.compile(r"\x1b\[[0-9;?>=]*[ -/]*[@-~]|\x1b[][()#][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|[\x00-\x08\x0e-\x1f]")


class Terminal:
    """One shell on a pseudo-terminal, and all that it has written."""

    def __init__(self, master: int) -> None:
        self.master = master
        self.text = ""

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read_until(self, wanted: str, since: int) -> str:
        """Return what was written since, once that is in it. AssertionError after a while."""
        end = time.monotonic() + LIMIT_S
        while not re.search(wanted, self.seen(since)):
            assert time.monotonic() < end, f"no {wanted!r} in {self.seen(since)!r}"
            if select.select([self.master], [], [], 0.2)[0]:
                self.take()
        return self.seen(since)

    def take(self) -> None:
        piece = os.read(self.master, 65536).decode(errors="replace")
        self.text += piece
        for _ in range(piece.count("\x1b[c")):  # fish asks the terminal what it is, and waits for the answer
            self.type("\x1b[?62;c")

    def seen(self, since: int) -> str:
        return _CONTROL.sub("", self.text[since:])


@contextmanager
def terminal(shell, home, folder, **more):
    master, slave = pty.openpty()
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PG", "DATABASE", "SLATE", "_SLATE", "ZDOTDIR", "XDG"))
    }
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"
    kept |= {"HOME": str(home), "TERM": "xterm", "COLUMNS": "200", "PATH": path, **more}
    process = subprocess.Popen(
        SHELLS[shell],
        cwd=folder,
        env=kept,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    try:
        yield Terminal(master)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(master)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Two products with migrations, jobs and seeds."""
    root = tmp_path_factory.mktemp("project")
    for product in ("flourish", "spark"):
        (root / "migrations" / product).mkdir(parents=True)
        for name in ("0001_make", "0002_fill"):
            (root / "migrations" / product / f"{product}_{name}.sql").write_text("SELECT 1;\n")
    for kind, name in (("jobs", "prune"), ("seeds", "reference"), ("seeds", "demo")):
        (root / "sql" / "spark" / kind).mkdir(parents=True, exist_ok=True)
        (root / "sql" / "spark" / kind / f"{name}.sql").write_text("SELECT 1;\n")
    return root


@pytest.fixture(scope="module", params=sorted(SHELLS))
def installed(request, tmp_path_factory, project):
    """A shell whose home has the completion installed by the command, as a person does it."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    home = tmp_path_factory.mktemp(request.param)
    (home / ".zshrc").write_text("")  # else zsh asks a new user many questions
    with terminal(request.param, home, project) as one:
        one.type("slate --install-completion; echo in''stalled\r")
        one.read_until("installed[\r\n]", 0)
    return request.param, home


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("slate app", "slate apply "),
        ("slate apply fl", "slate apply flourish"),
        ("slate apply spark --to spark_0002", "spark_0002_fill"),
        ("slate jobs run spark pr", "slate jobs run spark prune"),
        ("slate seed spark --set re", "--set reference"),
        ("slate check --format gitl", "--format gitlab"),
        ("slate adopt spark --from graph", "graphile-migrate"),
    ],
)
def test_a_word_is_finished_by_tab(installed, project, typed, becomes):
    shell, home = installed
    with terminal(shell, home, project) as one:
        one.type("echo re''ady\r")
        one.read_until("ready[\r\n]", 0)
        since = len(one.text)
        one.type(typed + "\t")
        one.read_until(re.escape(becomes).replace(r"\ ", r"\s+"), since)


def test_what_begins_alike_is_shown(installed, project):
    shell, home = installed
    with terminal(shell, home, project) as one:
        one.type("echo re''ady\r")
        one.read_until("ready[\r\n]", 0)
        since = len(one.text)
        one.type("slate check --format git\t\t\t")
        assert "gitlab" in one.read_until(r"(?s)github.*gitlab|gitlab.*github", since)


def test_a_role_of_the_server_is_finished_by_tab(installed, project, empty_database):
    shell, home = installed
    with terminal(shell, home, project, DATABASE_URL=empty_database) as one:
        one.type("echo re''ady\r")
        one.read_until("ready[\r\n]", 0)
        since = len(one.text)
        one.type("slate access --role postg\t")
        one.read_until(r"--role\s+postgres", since)
