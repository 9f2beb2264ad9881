"""`slate status`: what is applied, pending, edited, missing."""

from __future__ import annotations

from slate_pg.cli.options import Database, Json, Migrations, Products
from slate_pg.cli.standing import say_standing


def status(
    products: Products = None, database: Database = None, migrations: Migrations = None, as_json: Json = False
) -> None:
    """Say what is applied, pending, edited or missing. Exit 3 when something is.

    Spares of a fleet are named as such, and so is what a move to another server has closed.
    """
    say_standing(products, database, migrations, as_json=as_json)
