"""Answers plain lines of `slate status` without Typer, whose import alone takes longer than the answer.

What is read here is read as Typer does; where that is not certain, also where something is wrong, Typer has the line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slate_pg.cli.ending import Interrupted
from slate_pg.cli.spoken import begin

# Options that take one word, and what the command calls them.
TAKES = {
    "--database": "database", "-d": "database", "--migrations": "migrations", "--env": "env", "--role": "acting_role",
}  # fmt: skip
ASKED = "_SLATE_COMPLETE"  # set by the shell's script where it asks what may follow


@dataclass(frozen=True)
class Line:
    """What the words behind `slate status` say: options by what the command calls them, only those that are there."""

    products: tuple[str, ...]
    options: Mapping[str, str]
    as_json: bool


def is_answered(words: Sequence[str]) -> bool:
    """Answer a plain `slate status`; tell whether the words are one. AnswerIsNo where something is pending."""
    if words[:1] != ["status"] or ASKED in os.environ or os.name == "nt":  # Windows leaves `*` to the program
        return False
    line = read_status(words[1:])
    if line is None:
        return False
    from slate_pg.cli import asked
    from slate_pg.cli.standing import say_standing

    begin(as_json=line.as_json)
    try:
        asked.begin("status", line.options, connects=True)
        told = line.options.get
        say_standing(line.products, told("database"), told("migrations"), as_json=line.as_json)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(interrupt) from None
    return True


def read_status(words: Sequence[str]) -> Line | None:
    """Return what the words behind `slate status` say, None where that is Typer's to tell. Pure."""
    products: list[str] = []
    options: dict[str, str] = {}
    as_json = False
    rest = iter(words)
    for word in rest:
        if word in TAKES:
            value = next(rest, "-")
            if value.startswith("-"):  # is missing, or looks as if it were
                return None
            options[TAKES[word]] = value
        elif word == "--json":
            as_json = True
        elif word.startswith("-"):
            return None
        else:
            products.append(word)
    return Line(tuple(products), options, as_json)
