"""Says how to run the command line of this very installation, for the sections that time whole processes."""

from __future__ import annotations

import sys
from pathlib import Path


def slate_command() -> list[str]:
    """Return its script, or the module where there is none."""
    script = Path(sys.executable).with_name("slate")
    return [str(script)] if script.exists() else [sys.executable, "-m", "slate_pg"]
