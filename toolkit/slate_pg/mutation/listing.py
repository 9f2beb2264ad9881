"""Lists the mutants of a database's schemas, and draws a sample of them. Reads only."""

from __future__ import annotations

import random
from collections.abc import Sequence

from slate_pg.catalog import reader
from slate_pg.catalog.identity import Identity
from slate_pg.mutation import constraints, functions, rights, shapes, triggers
from slate_pg.mutation.model import Mutant, World, without_twins
from slate_pg.postgres.connection import Connection, package_sql

OPERATORS = (constraints.mutants, rights.mutants, triggers.mutants, functions.mutants, shapes.mutants)


def read_world(connection: Connection, schemas: Sequence[str]) -> World:
    """Return what mutants of these schemas are made of. Reads only."""
    catalog = reader.read(connection, schemas, database=False)
    with reader.snapshot(connection):
        rows = connection.execute(package_sql("mutation/function_definitions"), {"schemas": list(schemas)}).fetchall()
    definitions = {Identity(kind, schema, name, arguments=args): text for kind, schema, name, args, text in rows}
    return World(catalog, definitions)


def list_mutants(connection: Connection, schemas: Sequence[str]) -> list[Mutant]:
    """Return every mutant of these schemas, in the same order for the same catalog. Reads only."""
    world = read_world(connection, schemas)
    return without_twins(mutant for operator in OPERATORS for mutant in operator(world))


def draw(mutants: Sequence[Mutant], sample: int | None, seed: int) -> list[Mutant]:
    """Return so many of the mutants, the same for the same seed; all where there are no more. Pure."""
    if sample is None or sample >= len(mutants):
        return list(mutants)
    return random.Random(seed).sample(list(mutants), sample)  # noqa: S311 - a sample, no secret
