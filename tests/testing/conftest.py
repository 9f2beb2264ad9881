"""A small shop in a schema of its own, made inside the test's transaction: one of everything the verbs look at."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from slate_pg.testing.database import Database

SHOP = (Path(__file__).parent / "shop.sql").read_text("utf-8")


@pytest.fixture
def shop(db: Database) -> Database:
    """Give the database with the schema "shop" and its role, on the search path."""
    db.connection.execute(SHOP.encode())
    return db


@pytest.fixture
def run_pytest(tmp_path: Path) -> Callable[..., str]:
    """Run pytest in a folder of its own on the files given (name__sql is name.sql); return its output."""

    def run(*arguments: str, **files: str) -> str:
        (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigrations = "migrations"\n', "utf-8")
        (tmp_path / "migrations").mkdir(exist_ok=True)
        for name, text in files.items():
            path = tmp_path / (name.replace("__", ".") if "__" in name else f"{name}.py")
            path.write_text(dedent(text), "utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:django",
            "-v",
            *arguments,
            str(tmp_path),
        ]
        alone = {k: v for k, v in os.environ.items() if not k.startswith(("SLATE_", "PYTEST_"))}
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=alone).stdout

    return run
