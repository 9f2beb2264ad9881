"""--role, --statement-timeout and --connect-timeout: how the sessions of a command on its target begin."""

from __future__ import annotations

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
