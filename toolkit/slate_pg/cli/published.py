"""The published JSON Schemas: one file an output of a command, in the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

_ENDING = ".schema.json"


@dataclass(frozen=True)
class Published:
    """One schema: its title, and its version, raised where a key is taken away or means something else."""

    title: str
    version: str


def schema_files() -> dict[str, Traversable]:
    """Return the file of each command's schema by its name, as in "fleet status". Reads a folder of the package."""
    folder = resources.files("slate_pg").joinpath("cli", "schemas")
    files = {f.name.removesuffix(_ENDING).replace("-", " "): f for f in folder.iterdir() if f.name.endswith(_ENDING)}
    files["docs"] = resources.files("slate_pg").joinpath("docs", "schema.schema.json")
    return dict(sorted(files.items()))


def read_published(file: Traversable) -> Published:
    """Return what a schema says of itself. Reads its file."""
    found = json.loads(file.read_text("utf-8"))
    return Published(found["title"], found["$id"].rpartition(":")[2])
