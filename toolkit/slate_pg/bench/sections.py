"""The sections of the bench: what each measures, and how its measurements become one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from slate_pg.bench import queries, retention, seeding, sizes, writes
from slate_pg.bench.report import Section
from slate_pg.bench.scaled import Scaled, Watching, scaled_server
from slate_pg.config import Product, Project
from slate_pg.errors import Misuse, SlateError, did_you_mean

Title = tuple[str, str, tuple[str, ...]]  # what it is called, what it is about, the head of its table
_OWN = "slate_pg.bench.own"
NAMES = ("data", "queries", "seeds", "writes", "runner", "start", "growth", "backup", "retention", "tests", "fleet")
OF_SLATE = (
    "runner",
    "start",
    "growth",
    "backup",
    "tests",
    "fleet",
)  # Slate itself: in the repository only
_TITLES: dict[str, Title] = {
    "data": (
        "Data",
        "What so many slices of the scale set put there, beside the demo data, and how long that took.",
        sizes.HEAD,
    ),
    "queries": (
        "Queries",
        "Each documented and service query, prepared, as owner and as the person who asks it, in turn; milliseconds "
        "at the client. Both must get the same rows. Budgets: the document's at p95, and 1.2 for the ratio.",
        queries.HEAD,
    ),
    "seeds": (
        "Scale seeds",
        "One more slice, and the bare INSERT … SELECT of the same rows into the same tables, rolled back. Share is the "
        "seed's speed over the bare one's; growth is the last tenth's time a slice over the first tenth's.",
        seeding.HEAD,
    ),
    "writes": (
        "Writes",
        "The last rows of the largest tables with triggers, taken out and put back: with every trigger, and without "
        "one of them. A trigger's share is the part of the time that goes with it; below zero is noise.",
        writes.HEAD,
    ),
    "retention": (
        "Retention",
        "A month retired by its partition, and the same rows deleted elsewhere; milliseconds.",
        retention.HEAD,
    ),
}
OF_PRODUCTS = ("data", "queries", "seeds", "writes")


def titles() -> dict[str, Title]:
    """Return the title of each section that can be measured here, in the order of NAMES. Pure."""
    own: dict[str, Title] = import_module(f"{_OWN}.sections").TITLES if find_spec(_OWN) else {}
    known = {**_TITLES, **own}
    return {name: known[name] for name in NAMES if name in known}


def choose(asked: Sequence[str], project: Project) -> list[str]:
    """Return the sections to measure: those asked for, for none all that can be. Errors name what is not. Pure."""
    here = titles()
    for name in asked:
        if name not in NAMES:
            raise Misuse(f'no section "{name}"', hint=did_you_mean(name, here))
        if name not in here:
            raise SlateError(
                f'section "{name}" is not part of an installed slate-pg: it measures Slate itself, beside other tools',
                hint=f"Measure it in a clone of Slate's repository, or one of these here: {', '.join(here)}.",
            )
    shared = any(p.name == project.shared for p in project.products)
    return list(asked) or [name for name in here if shared or name != "retention"]


def measure(
    project: Project,
    products: Sequence[Product],
    names: Sequence[str],
    scale: int,
    repeats: int,
    watching: Watching,
    installations: Sequence[int] = (),
) -> Iterator[Section]:
    """Yield each section as soon as it is measured, those of products once a product. Writes to disposable servers.

    Fleets are measured with so many `installations`, their usual numbers for none.
    """
    of_products = [name for name in OF_PRODUCTS if name in names]
    for product in products if of_products else ():
        with scaled_server(project, product, scale, watching) as scaled:
            for name in of_products:
                if measured := _of_product(name, scaled, repeats):
                    yield section(name, measured)
    others: dict[str, Callable[[], Sequence[Any]]] = {"retention": lambda: [retention.time_retention(project)]}
    if set(names) & set(OF_SLATE):
        others.update(import_module(f"{_OWN}.sections").measurements(project, repeats, installations))
    for name in NAMES:
        if name in names and name in others:
            yield section(name, others[name]())


def _of_product(name: str, scaled: Scaled, repeats: int) -> Sequence[Any]:
    if name == "data":
        return [sizes.measure_sizes(scaled)] if scaled.has_scale_data else []
    if name == "queries":
        return queries.time_queries(scaled, repeats)
    if name == "seeds":
        seeded = seeding.time_seed(scaled, max(3, repeats // 5))
        return [seeded] if seeded else []
    return writes.time_writes(scaled.connection, scaled.product.schema, scaled.run.settings)


def section(name: str, measured: Sequence[Any]) -> Section:
    """Make one table of measurements, each with its rows, what it missed, and its figures."""
    title, about, head = titles()[name]
    return Section(
        name, title, about, head,
        tuple(row for one in measured for row in _rows(one)),
        tuple(line for one in measured for line in getattr(one, "missed", ())),
        tuple(_figures(one) for one in measured),
    )  # fmt: skip


def _rows(one: Any) -> list[tuple[str, ...]]:
    return one.lines if hasattr(one, "lines") else [one.row]


def _figures(one: Any) -> dict[str, Any]:
    """Return the fields of a measurement, and what it makes of them."""
    properties = {n: getattr(one, n) for n, p in vars(type(one)).items() if isinstance(p, property)}
    return {**asdict(one), **{n: value for n, value in properties.items() if n not in ("row", "lines")}}
