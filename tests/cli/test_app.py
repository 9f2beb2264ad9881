"""What every command owes: help, a line in the README, near names, exit code 2 for misuse."""

import subprocess
import sys

import pytest
from typer.main import get_command

from slate_pg.cli.app import COMMANDS as TABLE
from slate_pg.cli.app import build

from .conftest import ROOT

COMMANDS = sorted(TABLE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_help(slate, command):
    ran = slate(command, "--help")
    assert (ran.code, "Usage: slate " + command in ran.out) == (0, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_in_the_readme(command):
    assert f"slate {command}" in (ROOT / "README.md").read_text()


def test_an_unknown_command_names_the_nearest(slate):
    ran = slate("aply")
    assert (ran.code, "apply" in ran.err) == (2, True)


def test_an_unknown_option_is_misuse(slate):
    assert slate("status", "--jsn").code == 2


def test_help_imports_nothing_that_only_a_command_needs():
    """Each of these costs milliseconds that every command would pay."""
    show = "import sys, slate_pg.cli as c; sys.argv = ['slate', '--help']\ntry: c.main()\nexcept SystemExit: pass\n"
    show += "print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stderr.split()
    assert "slate_pg.cli.up" in loaded
    assert not {"psycopg", "json", "yoyo", "jinja2", "tomllib", "logging"} & set(loaded)
    ours = {name for name in loaded if name.startswith("slate_pg.") and not name.startswith("slate_pg.cli")}
    assert ours == {
        f"slate_pg.{name}" for name in ("config", "conninfo", "environments", "errors", "hooks", "libpq", "settings")
    }


def test_every_command_that_connects_can_wait_and_be_bounded():
    def walk(name, command):
        for inner, each in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {inner}", each)
        yield name, {option for parameter in command.params for option in getattr(parameter, "opts", ())}

    connecting = {name: options for name, options in walk("slate", get_command(build())) if "--database" in options}
    terms = {"--wait-for-database", "--connect-timeout", "--statement-timeout"}
    assert len(connecting) > 30
    assert {name: terms - options for name, options in connecting.items() if terms - options} == {}
