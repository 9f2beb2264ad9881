"""docs/TUTORIAL.md, followed to the letter: each file is written, each command run, each output compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "TUTORIAL.md"
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.M | re.S)


def steps(text):
    """Every file (name, content) and command (None, command, output) of the page, in its order."""
    for kind, title, body in BLOCK.findall(text):
        if kind == "console":
            yield from ((None, c, out) for c, out in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.M))
        else:
            yield title, body, None


def plain(text, home):
    """Replace what differs from machine to machine and from run to run."""
    text = text.replace(home, "/var/lib/slate")
    text = re.sub(r"\b\d+(\.\d+)? ms\b", "1 ms", text)
    text = re.sub(r"\b\d+(\.\d+)? s\b", "1 s", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?)?", "2026-11-30 12:00", text)
    text = re.sub(r"PostgreSQL \d+(\.\d+)?", "PostgreSQL 18", text)
    return [re.sub(r" {2,}", "  ", line.rstrip()) for line in text.splitlines() if line.strip()]


def follow(text, folder, home):
    """Do what the page says; return each command, what it prints here and what it printed."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "DATABASE", "SLATE", "CI")) or k == "PG_BIN"}
    path = f"{Path(sys.executable).parent}:{bare['PATH']}"
    environment = {**bare, "SLATE_HOME": home, "COLUMNS": "100", "PATH": path}
    for name, body, shown in steps(text):
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(body)
        else:
            ran = subprocess.run(  # noqa: S602 - as a reader types it
                body, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, check=False,
            )  # fmt: skip
            yield body, shown, ran.stdout.replace(f"{folder}/", "")


@pytest.fixture
def home(slate_server):
    """Where the embedded server of the tutorial keeps its files; it is stopped whatever happens."""
    path = os.path.join(os.path.dirname(slate_server.host), f"slate-{os.getpid()}-tutorial")
    yield path
    subprocess.run(
        [sys.executable, "-m", "slate_pg", "down"],
        env={**os.environ, "SLATE_HOME": path},
        capture_output=True,
        check=False,
    )


def test_each_command_prints_what_the_tutorial_shows(tmp_path, home):
    followed = list(follow(PAGE.read_text(), tmp_path, home))
    assert len(followed) > 12
    for command, shown, printed in followed:
        assert (command, plain(printed, home)) == (command, plain(shown, home))


def test_the_tutorial_is_not_compared_with_itself(tmp_path, home):
    changed = PAGE.read_text().replace("ADD COLUMN note text", "ADD COLUMN remark text")
    assert any(plain(printed, home) != plain(shown, home) for _, shown, printed in follow(changed, tmp_path, home))
