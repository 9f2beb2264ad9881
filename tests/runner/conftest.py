"""Fixtures of the runner's tests: a fresh database and an empty folder of migrations for each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.runner.workshop import Workshop

_numbers = itertools.count(1)


@pytest.fixture
def shop(slate_server: Any, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop on a new database of the shared server."""
    name = f"shop_{tmp_path.parent.name.replace('-', '_')}_{next(_numbers)}"
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY FILE_COPY").format(sql.Identifier(name)))
        try:
            workshop = Workshop(slate_server.url(name), tmp_path)
            with workshop.watch:
                yield workshop
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
