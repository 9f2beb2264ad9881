"""Reads a page of docs/: modules are blocks that begin with their file's name, steps are the other blocks of Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
_NAME = re.compile(r"# (\S+\.py)\n")


@dataclass(frozen=True)
class Page:
    """A page's modules by file name, and its steps in order."""

    modules: dict[str, str]
    steps: list[str]

    def write(self, folder: Path) -> None:
        """Write the modules into a folder. Writes."""
        for name, code in self.modules.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, "utf-8")


def read(path: Path) -> Page:
    """Return what a page would have its reader write and run. Reads only."""
    modules, steps = {}, []
    for block in _BLOCK.findall(path.read_text("utf-8")):
        if name := _NAME.match(block):
            modules[name[1]] = block
        else:
            steps.append(block)
    return Page(modules, steps)
