"""What is remembered of an object that was taken down. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_KIND = re.compile(r"^(?:materialized view|procedure)\b")


@dataclass(frozen=True)
class Taken:
    """An object that was taken down: what it is called, how it is made again, and its privileges.

    `made` are the statements that make it and set its state, `said` those of its owner and comments.
    """

    label: str
    made: tuple[str, ...]
    said: tuple[str, ...]
    privileges: tuple[tuple[Any, ...], ...]
    rows: int = 0
    size: int | None = None
    options: dict[str, str] = field(default_factory=dict)


def plain(label: str) -> str:
    """Return a label in which views of both kinds, and functions and procedures, are called alike. Pure."""
    return _KIND.sub(lambda found: "view" if found[0].endswith("view") else "function", label)
