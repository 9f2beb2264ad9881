"""docs/CI.md: what is there to copy is what the command line takes."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import kubernetes_validate
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


def schema_says(schema, path):
    """What is wrong with a file by the forge's own schema, which comes with the package; nothing is fetched."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout if done.returncode else ""


WORKFLOWS = [
    ("github-workflows", EXAMPLES / "github.yaml", "runs-on", "runs_on"),
    *(("github-workflows", path, "steps:", "step:") for path in sorted((ROOT / ".github" / "workflows").iterdir())),
    ("gitlab-ci", EXAMPLES / "gitlab.yaml", "codequality:", "code_quality:"),
]


@pytest.mark.parametrize(("schema", "path", "right", "wrong"), WORKFLOWS, ids=lambda v: getattr(v, "name", None))
def test_a_workflow_is_one_by_the_forges_own_schema(tmp_path, schema, path, right, wrong):
    assert schema_says(schema, path) == ""
    broken = tmp_path / path.name
    broken.write_text(path.read_text().replace(right, wrong))
    assert schema_says(schema, broken)


def test_the_init_container_is_one_by_kubernetes_own_schema():
    manifest = yaml.safe_load((EXAMPLES / "init-container.yaml").read_text())
    kubernetes_validate.validate(manifest, "1.30", strict=True)
    manifest["spec"]["initContainers"][0]["arguments"] = ["apply"]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, "1.30", strict=True)


def test_the_container_is_small_and_keeps_what_a_linter_of_containers_asks():
    lines = (EXAMPLES / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    by_kind = [kind for kind, _ in steps]
    assert re.fullmatch(r"python:3\.\d+-slim", steps[0][1])  # tagged, and small
    assert by_kind.count("RUN") == 1  # one layer beside the files
    assert "--no-cache-dir" in dict(steps)["RUN"]
    assert "apt-get" not in dict(steps)["RUN"]
    assert {"ADD", "VOLUME"} & set(by_kind) == set()
    assert all(target.startswith("./") for kind, target in ((k, w.split()[-1]) for k, w in steps) if kind == "COPY")
    assert by_kind.index("USER") < by_kind.index("ENTRYPOINT")
    assert all(words.startswith("[") for kind, words in steps if kind in ("ENTRYPOINT", "CMD"))  # signals get through


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
