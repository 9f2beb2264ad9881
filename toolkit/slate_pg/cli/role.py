"""role add, role drop."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, Migrations, OneProduct

role = typer.Typer(help="The logins of services: make one, remove one.", no_args_is_help=True)


@role.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The login to make.")],
    product: OneProduct,
    reader: Annotated[bool, typer.Option("--reader", help="For reports: read only, without secret columns.")] = False,
    schema: Annotated[
        Optional[str], typer.Option("--as", metavar="NAME", help="For the installation under this schema name.")
    ] = None,
    password_variable: Annotated[
        Optional[str],
        typer.Option("--password-from", metavar="VARIABLE", help="Environment variable that holds its password."),
    ] = None,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Make a service's login: it inherits nothing, and may SET ROLE to its installation's roles only.

    Safe to repeat. Services use it through slate_pg.service's sessions, which take the role of the installation's
    people for each transaction.
    """
    import os

    from slate_pg.cli.output import put
    from slate_pg.cluster.logins import add as make
    from slate_pg.cluster.logins import check_installation, login
    from slate_pg.errors import Misuse

    password = None if password_variable is None else os.environ.get(password_variable)
    if password_variable is not None and not password:
        name_of_it = password_variable or "the variable of --password-from"
        raise Misuse(f"{name_of_it} is not set", hint="Set it to the password, or leave --password-from out.")
    project = project_of(migrations)
    found = project.product(product)
    installed = found.installed_as(schema) if schema is not None else found
    wanted = login(installed, project.shared, name, "reader" if reader else "service")
    with opened(database, "role") as connection:
        check_installation(connection, installed)
        made = make(connection, wanted, password)
    put(f"{name}: {'may become' if made else 'is there already, and may become'} {' and '.join(wanted.roles)}")


@role.command()
def drop(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The login to remove.")], database: Database = None
) -> None:
    """Remove a service's login and what it was granted here."""
    from slate_pg.cli.output import put
    from slate_pg.cluster.logins import drop as remove

    with opened(database, "role") as connection:
        remove(connection, name)
    put(f"{name}: removed")
