"""The options that several commands share, and what they open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.config import Product, find_project
from slate_pg.errors import Misuse, did_you_mean

if TYPE_CHECKING:
    pass


def complete_product(incomplete: str) -> list[str]:
    """Return the products whose name starts so, for the shell."""
    try:
        return [p.name for p in find_project().products if p.name.startswith(incomplete)]
    except Exception:  # a completion never speaks
        return []


Database = Annotated[
    Optional[str],
    typer.Option(
        "--database",
        "-d",
        metavar="URL",
        help="Connection string; else DATABASE_URL, PG* variables, the embedded server.",
    ),
]
Migrations = Annotated[
    Optional[str],
    typer.Option("--migrations", metavar="DIR", help="Folder of migrations; else [tool.slate], else ./migrations."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Products = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="[PRODUCT]...", autocompletion=complete_product, help="All when left out.", show_default=False
    ),
]
OneProduct = Annotated[str, typer.Argument(metavar="PRODUCT", autocompletion=complete_product)]
InstalledAs = Annotated[
    Optional[str], typer.Option("--as", metavar="NAME", help="Install under another schema name.", show_default=False)
]
LockTimeout = Annotated[
    int, typer.Option("--lock-timeout", metavar="MS", min=1, help="Longest wait of one attempt in the lock queue, ms.")
]
Wait = Annotated[
    float, typer.Option("--wait", metavar="S", min=0, help="Longest wait for a quiet moment or another runner, s.")
]

MaxLag = Annotated[
    Optional[float],
    typer.Option(
        "--max-lag", metavar="S", min=0, help="A backfill waits for standbys further behind, s; 0 for none.",
        show_default=False,
    ),
]  # fmt: skip
SignKey = Annotated[
    Optional[str],
    typer.Option(
        "--sign-key-from", metavar="SOURCE", help="Environment variable or file with the key that signs backups."
    ),
]
Again = Annotated[
    Optional[str],
    typer.Option("--again", metavar="ID", help="Run once more what commits as it goes and was cut short in this one."),
]
Direct = Annotated[
    Optional[str],
    typer.Option("--direct", metavar="URL", help="The server's own address, where --database leads to a pooler."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run the files as a superuser who reaches this machine: only your own files.")
]
Form = Annotated[
    str,
    typer.Option("--format", metavar="FORM", help="text, json, github, gitlab, sarif, markdown or junit, on stdout."),
]


def check_known(name: str | None, known: Sequence[str]) -> None:
    """Misuse where --again names a migration that no file of the command has."""
    if name is not None and name not in known:
        raise Misuse(f'there is no migration "{name}"', hint=did_you_mean(name, known))


def keeping(product: Product, max_lag: float | None) -> Product:
    """Return a product whose backfills keep what --max-lag says, where it says something."""
    return product if max_lag is None else replace(product, limits=replace(product.limits, max_lag=max_lag))
