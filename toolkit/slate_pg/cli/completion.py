"""What a shell offers for an argument, by what the help calls it: ID, [JOB]..., SETS, FORM, ROLE, TOOL, [PRODUCT].

Given to every parameter of every command at once. A completion never speaks: what cannot be read is nothing to offer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

import typer

from slate_pg.cli.options import complete_product
from slate_pg.cli.plain import ASKED
from slate_pg.config import Product, database_url, find_project

if TYPE_CHECKING:
    from typer.models import ParameterInfo

Complete = Callable[[typer.Context, str], list[str]]


def finish_installation() -> None:
    """Have zsh complete at the first TAB of a session: Typer's file only defines how when it is loaded. Writes."""
    installed = Path.home() / ".zfunc" / "_slate"
    with suppress(OSError):
        if "loadautofunc" not in installed.read_text():
            with installed.open("a") as file:
                file.write('\n[[ $zsh_eval_context[-1] == loadautofunc ]] && _slate_completion "$@"\n')


def products(context: typer.Context) -> list[Product]:
    """Return the products that the line names so far, all of them where it names none."""
    project = find_project(context.params.get("migrations"))
    # The words themselves: where an option still has no value, the parser has thrown away what stood before it.
    words = {word for name in _LINES for word in os.environ.get(name, "").split()}
    return [p for p in project.products if p.name in words] or list(project.products)


def ids(context: typer.Context, incomplete: str) -> list[str]:
    """Return the migrations of the products named."""
    from slate_pg.migrations.folders import read_migrations

    return [m.id for product in products(context) for m in read_migrations(product)]


def jobs(context: typer.Context, incomplete: str) -> list[str]:
    """Return the jobs of the product named."""
    return [path.stem for product in products(context) for path in (product.sql / "jobs").glob("*.sql")]


def sets(context: typer.Context, incomplete: str) -> list[str]:
    """Return the seed sets, behind those that the word has already."""
    before = incomplete[: incomplete.rfind(",") + 1]
    found = {path.stem for product in products(context) for path in (product.sql / "seeds").glob("*.sql")}
    return [before + name for name in sorted(found - set(before.split(",")))]


def forms(context: typer.Context, incomplete: str) -> list[str]:
    """Return the forms of findings."""
    from slate_pg.checks.findings import FORMATS

    return list(FORMATS)


def tools(context: typer.Context, incomplete: str) -> list[str]:
    """Return the tools whose ledgers can be taken over."""
    from slate_pg.migrations.tools import TOOLS

    return [*(tool.name for tool in TOOLS), "yoyo"]


def roles(context: typer.Context, incomplete: str) -> list[str]:
    """Return the roles of the server, where it answers within two seconds."""
    import psycopg

    url = database_url(context.params.get("database"))
    query = "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"
    with psycopg.connect(url or "", connect_timeout=2) as connection:
        return [name for (name,) in connection.execute(query)]


_LINES = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")  # what has been typed: bash's, and every other shell's


def outputs(context: typer.Context, incomplete: str) -> list[str]:
    """Return the next words of the commands whose JSON has a schema."""
    from slate_pg.cli.published import schema_files

    given = [*(context.params.get("command") or ())]
    names = [name.split() for name in schema_files()]
    return list(dict.fromkeys(n[len(given)] for n in names if n[: len(given)] == given and len(n) > len(given)))


OFFERS: dict[str, Complete] = {
    "ID": ids, "[JOB]...": jobs, "SETS": sets, "FORM": forms, "TOOL": tools, "ROLE": roles,
    "[COMMAND]...": outputs,
    "[PRODUCT]": lambda context, incomplete: complete_product(incomplete),
}  # fmt: skip


def with_completion(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose parameters offer what their metavar stands for. Nothing is done until a shell asks."""
    if ASKED not in os.environ:
        return function
    hints = function.__annotations__ = get_type_hints(function, include_extras=True)  # read once, and kept
    for hint in hints.values():
        for info in getattr(hint, "__metadata__", ()):
            offer = OFFERS.get(getattr(info, "metavar", None) or "")
            if offer and info.autocompletion is None:
                _give(info, offer)
    return function


def _give(info: ParameterInfo, offer: Complete) -> None:
    @wraps(offer)
    def complete(context: typer.Context, incomplete: str) -> list[str]:
        try:
            return _beginning(offer(context, incomplete), incomplete)
        except Exception:  # a completion never speaks
            return []

    # Typer finds out by annotations what to hand over.
    complete.__annotations__ = {"context": typer.Context, "incomplete": str}
    complete.__dict__.pop("__wrapped__", None)
    info.autocompletion = complete


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
