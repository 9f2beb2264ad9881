"""`slate test`: the test suite against a disposable server."""

from __future__ import annotations

import typer


def test(context: typer.Context) -> None:
    """Run the test suite against a disposable server; what follows goes to pytest."""
    import importlib.util
    import subprocess
    import sys

    from slate_pg.errors import Misuse

    if importlib.util.find_spec("pytest") is None:
        raise Misuse("pytest is not installed", hint="pip install 'slate-pg[dev]'.")
    raise typer.Exit(subprocess.call([sys.executable, "-m", "pytest", *context.args]))
