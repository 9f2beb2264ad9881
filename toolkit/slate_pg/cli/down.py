"""`slate down`: stop the embedded server."""

from __future__ import annotations

from slate_pg.cli.asked import given_url
from slate_pg.cli.options import (
    Database,
)


def down(database: Database = None) -> None:
    """Stop the embedded server; its data stays."""
    from slate_pg.cli.output import put
    from slate_pg.errors import Misuse
    from slate_pg.postgres.server import embedded_server

    if given_url(database) is not None:
        raise Misuse(
            "a database is given, and slate stops no server but its own",
            hint="Unset DATABASE_URL and the PG variables to stop the embedded server.",
        )
    server = embedded_server()
    stopped = server.stop()
    put(f"stopped; the data stays in {server.home}" if stopped else "the embedded server was not running")
