"""The table of expectations, <name>.access.txt: one block for each relation and function, a blank line between them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

SUFFIX = ".access.toml"
HEAD = "# Who reaches what, as tried on the server. Written by `pytest --write-access`: a change here changes rights."


def read_table(path: Path) -> dict[str, str]:
    """Return the blocks of a table by their first line; none where there is no file. Reads only."""
    if not path.exists():
        return {}
    blocks = path.read_text("utf-8").replace("\r\n", "\n").split("\n\n")
    kept = (block.strip("\n") for block in blocks if block.strip() and not block.startswith("#"))
    return {block.partition("\n")[0]: block for block in kept}


def write_table(path: Path, blocks: Iterable[str]) -> None:
    """Write a table. Writes the file."""
    path.write_text("\n\n".join([HEAD, *blocks]) + "\n", "utf-8")


def summary(reports: Iterable[Any]) -> list[str]:
    """Return a line for each schema: cells tried, leaks, wrong writes. Pure."""
    totals: dict[str, list[int]] = {}
    for report in reports:
        for key, value in getattr(report, "user_properties", ()):
            if key == "slate_access" and report.when == "call":
                schema, *counts = value
                totals[schema] = [a + b for a, b in zip(totals.get(schema, [0, 0, 0]), counts, strict=True)]
    return [f"{s}: {c:,} cells tried, {leaks} leaks, {wrong} wrong writes" for s, (c, leaks, wrong) in totals.items()]
