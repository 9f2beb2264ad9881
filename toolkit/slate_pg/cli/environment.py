"""--env, --var, --wait-for-database and --yes: what every command that connects takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Annotated, Optional, get_type_hints

import typer

from slate_pg.cli.asked import always_reads, begin
from slate_pg.cli.terms import TERMS
from slate_pg.config import find_environments


def complete_environment(incomplete: str) -> list[str]:
    """Return the environments whose name starts so, for the shell."""
    with suppress(Exception):  # a completion never speaks
        return [e.name for e in find_environments()[0] if e.name.startswith(incomplete)]
    return []


Env = Annotated[
    Optional[str],
    typer.Option(
        "--env", metavar="NAME", autocompletion=complete_environment,
        help="Environment of [tool.slate.env.NAME]; else SLATE_ENV.", show_default=False,
    ),
]  # fmt: skip
Var = Annotated[
    Optional[list[str]],
    typer.Option("--var", metavar="NAME=VALUE", help="Value of a variable that files name.", show_default=False),
]
Waits = Annotated[
    Optional[float],
    typer.Option(
        "--wait-for-database", metavar="S", min=0, show_default=False,
        help="Longest wait for a server that is still starting, s.",
    ),
]  # fmt: skip
Yes = Annotated[bool, typer.Option("--yes", help="Write to a protected environment without being asked.")]


def with_environment(command: str, function: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes --env and --var, and --yes where it may write, as far as it has to do with them."""
    signature = inspect.signature(function)
    own = signature.parameters
    if "env" in own or not {"database", "migrations"} & set(own):
        return function
    more: dict[str, object] = {"env": Env, "var": Var} if "migrations" in own else {"env": Env}
    if "database" in own:
        more["wait_for_database"] = Waits
        more |= {name: kind for name, kind in TERMS.items() if name != "acting_role" or "role" not in own}
        if not always_reads(command) and "yes" not in own:
            more["yes"] = Yes

    @wraps(function)
    def within(*arguments: object, **given: object) -> None:
        asked = {name: given.pop(name, None) for name in more}
        begin(command, {**asked, **given}, connects="database" in own)
        function(*arguments, **given)

    hints = get_type_hints(function, include_extras=True)
    defaults = {"yes": False}
    added = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(n), annotation=kind)
        for n, kind in more.items()
    ]
    kept = [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in own.values()]
    within.__signature__ = signature.replace(parameters=[*kept, *added], return_annotation=None)  # type: ignore[attr-defined]
    within.__annotations__ = {**hints, **more}
    return within
