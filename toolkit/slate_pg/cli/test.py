"""`slate test`: the test suite against a disposable server."""

from __future__ import annotations

import typer


def test(context: typer.Context) -> None:
    """Run the test suite against a disposable server; what follows goes to pytest."""
    import importlib.util
    import subprocess
    import sys

    from slate_pg.errors import Misuse

    for name in ("pytest", "pytest_postgresql"):
        if importlib.util.find_spec(name) is None:
            raise Misuse(f"{name.replace('_', '-')} is not installed", hint="pip install 'slate-pg[test]'.")
    raise typer.Exit(subprocess.call([sys.executable, "-m", "pytest", *context.args]))
