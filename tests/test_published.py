"""What holds the suite's JSON to the published schemas does so, in whatever way a test runs a command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import published
from tests.workshop import COMMAND

PLAIN = {"schemas": [], "migrations": 0, "tampered": [], "differences": []}
NONE = {"summary": [], "spares": 0, "unreachable": [], "unreadable": []}


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (["status", "--json"], "status"),
        (["status", "shop", "--json", "--database", "x"], "status"),
        (["fleet", "role", "list", "x", "--json"], "fleet role list"),
        (["jobs", "run", "x", "--json"], "jobs run"),
        (["drift", "--format", "json"], "drift"),
        (["drift", "--format=json"], "drift"),
        (["drift", "--format", "sarif"], None),
        (["docs", "--to", "x", "--format", "json"], None),
        (["psql", "--", "--json"], None),
        (["status", "--", "--json"], None),
        (["fleet", "--json"], None),
        (["--json"], None),
        ([], None),
    ],
)
def test_a_command_that_is_asked_for_json_is_known(line: list[str], command: str | None) -> None:
    assert published.command_of(line) == command


@pytest.mark.parametrize(
    "command",
    [["slate", "x"], ["/any/bin/slate", "x"], [*COMMAND, "x"], [sys.executable, "-m", "slate_pg", "x"],
     (Path("/any/bin/slate"), "x"), [b"/any/slate", b"x"]],
)  # fmt: skip
def test_slate_is_known_however_it_is_started(command: list[str]) -> None:
    assert published.slate_arguments(command) == ["x"]


@pytest.mark.parametrize("command", [["psql", "x"], ["pg_dump"], "slate x", [sys.executable, "-c", "pass"]])
def test_another_program_is_left_alone(command: list[str]) -> None:
    assert published.slate_arguments(command) is None


def test_what_is_as_published_passes() -> None:
    published.check(["drift", "--json"], 0, json.dumps(PLAIN, indent=2) + "\n", "")
    published.check(["fleet", "status", "x", "--json"], 0, json.dumps(NONE) + "\n", "")
    published.check(["status", "--jsno"], 2, "", "Usage: slate status\n")
    published.check(["status", "--json"], -9, "", "")
    published.check(["status", "--json"], 130, "", "interrupted")
    published.check(["status"], 0, "text", "")


@pytest.mark.parametrize(
    ("line", "code", "out"),
    [
        (["drift", "--json"], 0, json.dumps({**PLAIN, "more": 1})),
        (["drift", "--json"], 0, json.dumps({k: v for k, v in PLAIN.items() if k != "tampered"})),
        (["drift", "--json"], 0, json.dumps({**PLAIN, "migrations": "0"})),
        (["drift", "--json"], 0, json.dumps({**PLAIN, "differences": [{"object": "x"}]})),
        (["drift", "--json"], 0, ""),
        (["drift", "--json"], 1, ""),
        (["drift", "--json"], 0, "not JSON"),
        (["drift", "--json"], 0, json.dumps(PLAIN) * 2),
        (["fleet", "status", "x", "--json"], 0, json.dumps(NONE, indent=2)),
        (["fleet", "status", "x", "--json"], 0, json.dumps({**NONE, "spares": None})),
        (["fleet", "drift", "x", "--json"], 0, json.dumps(
            {"server": "a", "product": "b", "schema": "c", "differences": [], "error": None})),
    ],
    ids=["a key more", "a key less", "another type", "a part of it", "nothing", "nothing of a failure", "no JSON",
         "two documents", "a line over several", "another type in a line", "no summary"],
)  # fmt: skip
def test_what_is_not_as_published_fails(line: list[str], code: int, out: str) -> None:
    with pytest.raises((AssertionError, json.JSONDecodeError)):
        published.check(line, code, out, "")


def test_a_process_whose_output_is_not_as_published_fails_the_test_that_hears_it(tmp_path: Path) -> None:
    fake = tmp_path / "slate"
    fake.write_text("#!/bin/sh\necho '{\"installations\": 1}'\n")
    fake.chmod(0o755)
    with pytest.raises(AssertionError, match=r"`slate schema status` does not allow: \[.installations: 1 is not"):
        subprocess.run([fake, "status", "--json"], capture_output=True, check=False)
    with pytest.raises(AssertionError), subprocess.Popen([fake, "status", "--json"], stdout=subprocess.PIPE) as process:
        process.communicate()
    assert subprocess.run([fake, "status"], capture_output=True, check=False).returncode == 0
