"""docs/CI.md: what is there to copy is what the command line takes."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from slate_pg import __version__
from slate_pg.cli.app import build

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
APP = typer.main.get_command(build())


def understood(words):
    """Tell whether the command line takes these words as one of its commands."""
    command = APP.commands[words[0]]
    known = {option for p in command.params for option in getattr(p, "opts", ())}
    return {word for word in words[1:] if word.startswith("--")} <= known


def in_yaml(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in in_yaml(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", ["github.yaml", "gitlab.yaml", "init-container.yaml"])
def test_every_command_of_an_example_is_one(name):
    document = yaml.safe_load((EXAMPLES / name).read_text())
    commands = [shlex.split(c) for text in in_yaml(document) for c in re.findall(r"slate ([a-z]+[^>|;&]*)", text)]
    if name == "init-container.yaml":
        commands = [document["spec"]["initContainers"][0]["args"]]
    assert commands
    assert [words for words in commands if not understood(words)] == []


def test_the_container_runs_what_there_is_as_nobody_in_particular():
    text = (EXAMPLES / "Containerfile").read_text()
    assert f"slate-pg=={__version__}" in text
    assert int(re.search(r"^USER (\d+)$", text, re.M)[1]) > 0
    assert understood(re.findall(r'"([^"]+)"', re.search(r"^CMD (.*)$", text, re.M)[1]))


def test_the_hooks_of_pre_commit_are_commands_with_what_their_extras_bring():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    brought = {line for name in ("lint", "embedded") for line in extras[name]}
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in hooks} == {"slate-lint", "slate-check"}
    for hook in hooks:
        assert understood(hook["entry"].split()[1:])
        assert set(hook["additional_dependencies"]) <= brought


def test_the_page_names_files_that_are_there():
    named = re.findall(r"`((?:docs/examples/|\.pre)[^`]+)`", (ROOT / "docs" / "CI.md").read_text())
    assert len(named) == 5
    assert [name for name in named if not (ROOT / name).is_file()] == []
