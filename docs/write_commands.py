"""Write docs/COMMANDS.md: the help of every command, as the command line itself gives it.

python docs/write_commands.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer
from typer.testing import CliRunner

from slate_pg.cli.app import COMMANDS, build

PAGE = Path(__file__).parent / "COMMANDS.md"
INTRODUCTION = """# Commands

What `slate COMMAND --help` says, of every command. Data goes to stdout, messages to stderr; `--json` is on every
command that reports.

| exit code | means |
| --- | --- |
| 0 | done, and what was asked is so |
| 1 | it failed; what is known about it is said |
| 2 | misuse: the command line, the project or a file is not as it has to be |
| 3 | the answer is no: pending, drift, findings, something in the way |
| 128 + n | ended by signal n, what was under way cancelled: 130 Ctrl-C, 143 `kill`, 129 a closed terminal |

Every command that connects takes `--database URL`, else the environment of `--env` or `SLATE_ENV`, else
`DATABASE_URL` or the variables and service files of libpq, else the embedded server that `slate up` starts.
"""


def names() -> Iterator[tuple[str, ...]]:
    """Every command, those of groups behind their group, in the order of `slate --help`."""
    root = typer.main.get_command(build())
    for name in COMMANDS:
        yield from _within((name,), root.commands[name])  # type: ignore[attr-defined]


def _within(words: tuple[str, ...], command: object) -> Iterator[tuple[str, ...]]:
    yield words
    for name, inner in getattr(command, "commands", {}).items():
        yield from _within((*words, name), inner)


def render() -> str:
    """Return the page."""
    app, runner, parts = build(), CliRunner(), [INTRODUCTION]
    for command in names():
        told = runner.invoke(app, [*command, "--help"], prog_name="slate", terminal_width=100)
        if told.exit_code:
            raise SystemExit(f"slate {' '.join(command)} --help: {told.output}")
        lines = [line.rstrip() for line in told.output.strip().splitlines()]
        parts.append("\n".join([f"## slate {' '.join(command)}", "", "```text", *lines, "```", ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render())
