"""What every command owes: help, a line in the README, near names, exit code 2 for misuse."""

import pytest

from slate_pg.cli.app import COMMANDS as TABLE

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
