"""`slate docs`: what a database holds, to be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.options import Database, Migrations, Products, Trust, opened, project_of, url_of
from slate_pg.errors import Misuse, did_you_mean

if TYPE_CHECKING:
    from slate_pg.docs.model import Site

FORMS = ("html", "markdown", "dbml", "json")


def docs(
    products: Products = None,
    to: Annotated[Optional[Path], typer.Option("--to", metavar="DIR", help="Folder to write into.")] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="html, markdown (with Mermaid), dbml or json.")
    ] = "html",
    live: Annotated[bool, typer.Option("--live", help="Read the database, not the migrations; so does -d.")] = False,
    trust: Trust = False,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Write what the migrations build, or a live database holds, as a site: tables, access, history, functions."""
    from slate_pg.cli.drift import project_if_any
    from slate_pg.cli.output import put
    from slate_pg.conninfo import describe

    folder = check_target(to, form)
    if live or database:
        from slate_pg.docs.live import read_live

        project = project_if_any(migrations)
        if project is None and products:
            raise Misuse(f'no folder of migrations has a product "{products[0]}"', hint="Say --migrations DIR.")
        with opened(database, "docs") as connection:
            site = read_live(connection, project, products or [], describe(url_of(database)))
    else:
        from slate_pg.docs.building import build
        from slate_pg.docs.products import make_site

        known = project_of(migrations)
        chosen = [known.product(n) for n in products or []] or list(known.products)
        site = make_site(known, chosen, build(known, chosen, trust=trust))
    tables = sum(len(p.tables) for p in site.products)
    put(f"{write(site, folder, form)}: {len(site.products)} products, {tables} tables")


def check_target(to: Path | None, form: str) -> Path:
    """Return the folder to write into. Misuse for none, for one that is a file, and for an unknown form."""
    if form not in FORMS:
        raise Misuse(f'no format "{form}"', hint=did_you_mean(form, FORMS) or f"Say {', '.join(FORMS)}.")
    if to is None:
        raise Misuse("say where to write: --to DIR", hint="The folder is made where it is not there.")
    if to.exists() and not to.is_dir():
        raise Misuse(f"{to} is a file", hint="--to takes a folder.")
    return to


def write(site: Site, folder: Path, form: str) -> Path:
    """Write a site in one of the forms, and return what to open. SlateError where a file cannot be written. Writes."""
    from slate_pg.errors import SlateError

    try:
        return _write(site, folder, form)
    except OSError as error:
        raise SlateError(
            f"{error.filename or folder}: {error.strerror}", hint="Give a folder you may write."
        ) from error


def _write(site: Site, folder: Path, form: str) -> Path:
    if form == "html":
        from slate_pg.docs.site import write as write_site

        write_site(site, folder)
        return folder / "index.html"
    texts = _texts(site, form)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode("utf-8", "replace"))
    return folder / next(iter(texts))


def _texts(site: Site, form: str) -> dict[str, str]:
    if form == "markdown":
        from slate_pg.docs.markdown import as_markdown

        return as_markdown(site)
    if form == "dbml":
        from slate_pg.docs.dbml import as_dbml

        return {"schema.dbml": as_dbml(site)}
    from slate_pg.docs.jsonform import as_json

    return {"schema.json": as_json(site)}
