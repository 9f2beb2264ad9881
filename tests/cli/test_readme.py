"""The README's first screen is what the commands print."""

import os
import re
import subprocess
import sys

import pytest

from slate_pg.postgres.binaries import find_binaries

from .conftest import ROOT

README = (ROOT / "README.md").read_text()


def transcript():
    """Return command and output of the first console block."""
    block = re.search(r"```console\n(.*?)```", README, re.S).group(1)
    return commands(block)


def commands(block):
    return [(c, out) for c, out in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)]


def services():
    """Return command and output of the console block about services."""
    return commands(re.search(r"## Services\n.*?```console\n(.*?)```", README, re.S).group(1))


def plain(text, home):
    """Replace what differs from day to day and from machine to machine."""
    text = text.replace(home, "HOME").replace("/var/lib/slate", "HOME").replace("python -m slate_pg", ".venv/bin/slate")
    text = re.sub(r"PostgreSQL \d+", "PostgreSQL N", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?\+00)?", "TIME", text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def home(slate_server):
    """An embedded server of its own, stopped afterwards."""
    path = os.path.join(os.path.dirname(slate_server.host), f"slate-{os.getpid()}-readme")
    yield path
    run("slate down", path)


def run(command, home):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG") or k == "PG_BIN"}
    environment.pop("DATABASE_URL", None)
    command = command.replace("make ", "slate ").removeprefix(".venv/bin/")
    shell = command.replace("slate ", f"{sys.executable} -m slate_pg ", 1)
    ran = subprocess.run(  # noqa: S602 - the README's own line, as a reader types it
        shell, shell=True, cwd=ROOT, env={**environment, "SLATE_HOME": home, "COLUMNS": "120"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return ran.stdout


@pytest.mark.parametrize(("command", "shown"), transcript())
def test_the_transcript_is_what_the_command_prints(home, command, shown):
    said = plain(run(command, home), home)
    assert said == plain(shown, home)


def test_the_transcript_about_services_is_what_the_commands_print(home):
    run("slate up", home)
    assert len(services()) == 4
    for command, shown in services():
        assert plain(run(command.replace("/var/lib/slate", home), home), home) == plain(shown, home)


def test_the_table_of_products_has_the_numbers_that_up_prints():
    printed = dict(re.findall(r"^(\w+) +(\d+) +\d+ +\d+$", transcript()[0][1], re.M))
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (\d+) \| `migrations/", README, re.M))
    assert told == {name: count for name, count in printed.items() if name != "core"}


def test_up_again_changes_nothing(home):
    again = run("slate up", home)
    assert again.startswith("up to date: nothing applied, nothing seeded\n")


def test_a_seeded_database_has_not_drifted_and_is_well(home):
    run("slate up", home)
    assert run("slate drift", home).rstrip().endswith("no differences")
    assert run("slate doctor", home).rstrip().endswith("all well")


def test_the_readme_is_short():
    assert README.count("\n") < 250


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:tests|docs|migrations|sql|toolkit)/[\w./]+\.\w+)`", README)))
)
def test_a_file_that_the_readme_names_is_there(path):
    assert (ROOT / path).exists()


def test_the_transcript_was_made_with_a_supported_server():
    assert 15 <= find_binaries().major <= 18
