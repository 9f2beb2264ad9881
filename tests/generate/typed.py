"""What mypy says of generated code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def strictly_typed(module: Path) -> str:
    """Return what `mypy --strict` has against a module, nothing where it is right. Writes its cache beside it."""
    options = ["--strict", "--config-file", "", "--cache-dir", module.parent / "cache"]
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *options, module.name], cwd=module.parent, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return ran.stdout if ran.returncode else ""
