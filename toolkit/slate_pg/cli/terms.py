"""--role, --statement-timeout and --connect-timeout: how the sessions of a command on its target begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Optional

import typer

ActingRole = Annotated[
    Optional[str],
    typer.Option(
        "--role", metavar="NAME", show_default=False,
        help="Role to act as: the login's sessions begin as this one, of which it is a member.",
    ),
]  # fmt: skip
StatementTimeout = Annotated[
    Optional[int],
    typer.Option(
        "--statement-timeout", metavar="MS", min=1, show_default=False, help="Longest run of one statement, ms.",
    ),
]  # fmt: skip
ConnectTimeout = Annotated[
    Optional[int],
    typer.Option(
        "--connect-timeout", metavar="S", min=1, show_default=False, help="Longest wait for a connection, s.",
    ),
]  # fmt: skip
TERMS: dict[str, object] = {
    "acting_role": ActingRole,
    "statement_timeout": StatementTimeout,
    "connect_timeout": ConnectTimeout,
}


def tell(given: Mapping[str, object]) -> None:
    """Have every session on a target begin as the command was told."""
    role, statement, connecting = (given.get(n) for n in ("acting_role", "statement_timeout", "connect_timeout"))
    if role is None and not (statement or connecting):
        return
    if role == "":
        from slate_pg.errors import Misuse

        raise Misuse("--role is empty", hint="Name the role that the sessions begin as, or leave it out.")
    from slate_pg.postgres import pins

    if role:
        pins.told["role"] = str(role)
    if statement:
        pins.told["statement_timeout"] = pins.as_duration(int(str(statement)))
    if connecting:
        pins.told_terms["connect_timeout"] = str(connecting)
