"""`slate docs`: what a database holds, to be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of, url_of
from slate_pg.cli.options import Database, Migrations, Products, Trust
from slate_pg.errors import Misuse, did_you_mean

if TYPE_CHECKING:
    from slate_pg.docs.covered import Coverage
    from slate_pg.docs.model import Fact, Section, Site

FORMS = ("html", "markdown", "dbml", "json")


def docs(
    products: Products = None,
    to: Annotated[Optional[Path], typer.Option("--to", metavar="DIR", help="Folder to write into.")] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="html, markdown (with Mermaid), dbml or json.")
    ] = "html",
    live: Annotated[bool, typer.Option("--live", help="Read the database, not the migrations; so does -d.")] = False,
    diff: Annotated[
        Optional[str],
        typer.Option(
            "--diff",
            metavar="REV",
            show_default=False,
            help="What differs from a commit, or between REV..REV; --live --diff . is the database against the files.",
        ),
    ] = None,
    bench: Annotated[
        Optional[Path],
        typer.Option(
            "--bench", metavar="FILE", help="Figures of `slate bench --save FILE`, as charts on the live page."
        ),
    ] = None,
    coverage: Annotated[
        Optional[Path],
        typer.Option("--coverage", metavar="FILE", help="What tests reached: `slate test --coverage-json FILE`."),
    ] = None,
    trust: Trust = False,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Write what the migrations build, or a live database holds, as a site: tables, access, history, functions."""
    from slate_pg.cli.output import put

    folder = check_target(to, form, diff)
    live = live or bool(database)
    if bench and (not live or diff is not None):
        raise Misuse("--bench is for the live page", hint="Say --live, or -d URL.")
    if coverage and (form != "html" or diff is not None):
        raise Misuse("--coverage is for pages", hint="Say --format html, without --diff.")
    measured = read_bench(bench) if bench else ()
    report = read_report(coverage) if coverage else ""
    if diff is not None:
        site = _difference(products or [], diff, live, trust, database, migrations)
        put(f"{_written(folder, write_difference, site, form)}: {summary_of(site)}")
        return
    site = _live(products or [], database, migrations) if live else _built(products or [], trust, migrations)
    site = replace(site, live=(*site.live, *measured))
    tables = sum(len(p.tables) for p in site.products)
    write = partial(_write, coverage=coverage_of(coverage, report, site)) if coverage else _write
    put(f"{_written(folder, write, site, form)}: {len(site.products)} products, {tables} tables")


def _built(products: list[str], trust: bool, migrations: str | None) -> Site:
    from slate_pg.docs.building import build
    from slate_pg.docs.products import make_site

    known = project_of(migrations)
    chosen = [known.product(n) for n in products] or list(known.products)
    return make_site(known, chosen, build(known, chosen, trust=trust))


def _live(products: list[str], database: str | None, migrations: str | None) -> Site:
    from slate_pg.cli.drift import project_if_any
    from slate_pg.conninfo import describe
    from slate_pg.docs.live import read_live

    project = project_if_any(migrations)
    if project is None and products:
        raise Misuse(f'no folder of migrations has a product "{products[0]}"', hint="Say --migrations DIR.")
    with opened(database, "docs") as connection:
        return read_live(connection, project, products, describe(url_of(database)))


def read_bench(path: Path) -> tuple[Section, ...]:
    """Return charts of a saved bench with the figures of its queries in words. Misuse for another file. Reads it."""
    import json

    from slate_pg.bench.report import charts_of
    from slate_pg.docs.model import Section

    try:
        figures = json.loads(path.read_text("utf-8"))
        on = figures["machine"]
        said = f"slate bench --scale {figures['scale']} on {on['at']}: {on['processor']}, {on['postgresql']}."
        charts = charts_of(figures)
        queries = tuple(
            _measured(f"{q['product']}/{q['query']}", q["person_p50"], q["person_p95"], q["budget_ms"])
            for q in figures.get("queries", [])
        )
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}", hint="--bench takes what `slate bench --save FILE` wrote.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misuse(
            f"{path} holds no figures of a bench", hint="Write them with `slate bench --save FILE`."
        ) from error
    titles = {name: f"Bench: {name}" for name in charts}
    pictures = [Section(titles[n], said, queries if n == "queries" else (), svg) for n, svg in charts.items()]
    return tuple(pictures) or (Section("Bench", f"{said} Nothing in it makes a chart."),)


def read_report(path: Path) -> str:
    """Return the text of a report of coverage, before anything is built. Misuse where it cannot be read. Reads it."""
    hint = "--coverage takes what `slate test --coverage-json FILE` wrote."
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}", hint=hint) from error
    except ValueError as error:
        raise Misuse(f"{path} is no report of coverage", hint=hint) from error


def coverage_of(path: Path, report: str, site: Site) -> Coverage:
    """Return what tests reached of a site's objects. Misuse for a text that is no such report."""
    from slate_pg.docs.covered import read

    try:
        return read(report, site.products)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misuse(
            f"{path} is no report of coverage", hint="Write one with `slate test --coverage-json FILE`."
        ) from error


def _measured(name: str, p50: float | None, p95: float | None, budget: float) -> Fact:
    """Return one query's figures in words, and whether its budget was kept."""
    from slate_pg.docs.model import Fact

    if p50 is None or p95 is None:
        return Fact(name, "not measured as a person", "warning")
    said = f"{p50:.2f} ms at the median, {p95:.2f} ms at p95, budget {budget:g} ms"
    return Fact(name, said, "ok" if p95 <= budget else "error")


def _difference(
    products: list[str], diff: str, live: bool, trust: bool, database: str | None, migrations: str | None
) -> Site:
    """Return the difference of two states. Reads the repository, and the target where it is to."""
    from slate_pg.cli.trees import finder
    from slate_pg.conninfo import describe
    from slate_pg.docs.comparing import compare_commits, compare_live

    project = project_of(migrations)
    folder, find = finder(project, migrations)
    if not live:
        return compare_commits(project, folder, diff, products, find, trust=trust)
    with opened(database, "docs") as connection:
        where = describe(url_of(database))
        return compare_live(connection, project, folder, diff, products, find, where, trust=trust)


def check_target(to: Path | None, form: str, diff: str | None = None) -> Path:
    """Return the folder to write into. Misuse for none, for one that is a file, and for an unknown form."""
    if diff is not None and form == "dbml":
        raise Misuse("DBML has no words for a difference", hint="Say --format html, markdown or json.")
    if form not in FORMS:
        raise Misuse(f'no format "{form}"', hint=did_you_mean(form, FORMS) or f"Say {', '.join(FORMS)}.")
    if to is None:
        raise Misuse("say where to write: --to DIR", hint="The folder is made where it is not there.")
    if to.exists() and not to.is_dir():
        raise Misuse(f"{to} is a file", hint="--to takes a folder.")
    return to


def _written(folder: Path, writer: Callable[[Site, Path, str], Path], site: Site, form: str) -> Path:
    """Have a site written, and return what to open. SlateError where a file cannot be written. Writes."""
    from slate_pg.errors import SlateError

    try:
        return writer(site, folder, form)
    except OSError as error:
        raise SlateError(
            f"{error.filename or folder}: {error.strerror}", hint="Give a folder you may write."
        ) from error


def write_difference(site: Site, folder: Path, form: str) -> Path:
    """Write the difference of two states: diff.html, diff.md or diff.json, one file that needs no other. Writes."""
    from slate_pg.docs.alterations import Diff
    from slate_pg.docs.diff_markdown import as_markdown
    from slate_pg.docs.jsonform import as_json
    from slate_pg.docs.site import page_of_difference

    if form == "html":
        name, text = "diff.html", page_of_difference(site)
    elif form == "markdown":
        name, text = "diff.md", as_markdown(site.diff or Diff("", ""))
    else:
        name, text = "diff.json", as_json(site)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode("utf-8", "replace"))
    return folder / name


def summary_of(site: Site) -> str:
    """Return what differs in one line."""
    from slate_pg.docs.altered import summary

    return summary(site.diff) if site.diff else ""


def _write(site: Site, folder: Path, form: str, coverage: Coverage | None = None) -> Path:
    if form == "html":
        from slate_pg.docs.site import write as write_site

        write_site(site, folder, coverage)
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
