"""A matrix of access: every relation and function × every kind of person × every command, tried on the server.

`Matrix(connection, World(…)).entry("notes")` is one entry; <name>.access.toml makes the whole matrix, and the tests.
"""

from slate_pg.testing.access.matrix import Entry, Matrix
from slate_pg.testing.access.people import Person, World, read_world

__all__ = ["Entry", "Matrix", "Person", "World", "read_world"]
