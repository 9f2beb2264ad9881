"""psycopg and its parts, imported when something of them is used: a status that only reads needs none of them.

`from slate_pg.postgres.later import psycopg, sql` stands where an import of psycopg would.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    import psycopg as psycopg
    from psycopg import pq as pq
    from psycopg import sql as sql

    def later(module: str) -> ModuleType:
        """Return a module that is imported when the first of its names is asked for."""
else:

    class later:  # noqa: N801 - a function's name: whoever calls it gets a module
        """Return a module that is imported when the first of its names is asked for."""

        def __init__(self, module: str) -> None:
            self._module = module

        def __getattr__(self, name: str) -> object:
            if name.startswith("__"):  # nobody means psycopg's by these
                raise AttributeError(name)
            value = getattr(import_module(self._module), name)
            setattr(self, name, value)
            return value

    psycopg, pq, sql = later("psycopg"), later("psycopg.pq"), later("psycopg.sql")
