"""Makes a site of what was read from migrations: products with all their parts. Reads query and job files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from slate_pg import sqlfiles
from slate_pg.config import Product, Project
from slate_pg.docs import model
from slate_pg.docs.building import Built
from slate_pg.docs.history import describe, read_preamble
from slate_pg.docs.objects import make_functions, make_refusals, make_types
from slate_pg.docs.reading import Source
from slate_pg.docs.tables import make_tables
from slate_pg.docs.uses import Text, Uses, find_uses
from slate_pg.errors import SlateError
from slate_pg.sqlfiles import SqlFile

_OF_INITDB = "standard public schema"  # COMMENT ON SCHEMA public in every new database
# What folders of migrations are called by every tool's manual, and those around them by many.
_GENERAL = frozenset(
    ["", "migrations", "migration", "migrate", "sql", "db", "database", "postgres", "postgresql", "prisma", "supabase",
     "persistence", "packages", "src", "main", "resources", "deploy"]
)  # fmt: skip
AppliedAt = Mapping[str, Mapping[str, Sequence[model.Applied]]]  # by product, then by migration


def make_site(
    project: Project, products: Sequence[Product], built: Built, applied: AppliedAt | None = None, source: str = ""
) -> model.Site:
    """Return the site of these products, from what was built. Reads query and job files."""
    names = {p.name for p in products}
    texts = [text for product in products for text in _texts(project, product)]
    paths = {
        schema: _path(project, p)
        for p in project.products if p.name in built.schemas for schema in built.schemas[p.name]
    }  # fmt: skip
    uses = find_uses(built.source, texts, paths)
    shown = [p for p in project.products if p.name in names]
    return model.Site(
        _title(project, shown),
        source or f"from the migrations of {', '.join(p.name for p in shown)}",
        tuple(_product(project, p, built, uses, (applied or {}).get(p.name, {})) for p in shown),
    )


def _title(project: Project, products: Sequence[Product]) -> str:
    """Return what the site is called: a product, or the nearest folder whose name says more than "migrations"."""
    if len(products) != 1:
        return project.root.name
    folders = [products[0].migrations, *products[0].migrations.parents]
    said = [f.name for f in folders if f.name.lower() not in _GENERAL]
    return said[0] if folders[0].name == products[0].name and said else products[0].name


def _path(project: Project, product: Product) -> tuple[str, ...]:
    shared = [p.schema for p in project.products if p.name == project.shared]
    return tuple(dict.fromkeys([*product.path, *shared]))


def _product(
    project: Project, product: Product, built: Built, uses: Uses, applied: Mapping[str, Sequence[model.Applied]]
) -> model.Product:
    own = portion(built.source, built.schemas[product.name])
    origins = built.origin[product.name].found if product.name in built.origin else {}
    tables = make_tables(own, origins, uses.tables)
    migrations = [describe(m, project.root, applied.get(m.id, ())) for m in built.ordered.get(product.name, ())]
    said = (own.comment(i) for i in own.facts if i.kind == "schema")
    says = next((words for words in said if words and words != _OF_INITDB), "")
    return model.Product(
        product.name,
        says or (read_preamble(migrations[0].sql) if migrations else ""),
        tuple(tables),
        tuple(make_functions(own, origins, uses.functions)),
        tuple(make_types(own)),
        tuple(migrations),
        tuple(make_refusals(own)),
        tuple(_file(file, "budget_ms") for file in _read(product.sql / "queries")),
        tuple(_file(file, "schedule") for file in _read(product.sql / "jobs")),
    )


def portion(source: Source, schemas: Sequence[str]) -> Source:
    """Return what of a source lies in some schemas. Pure."""
    wanted = set(schemas)
    facts = {
        i: f for i, f in source.facts.items()
        if i.schema in wanted or any(each.schema in wanted or (each.kind == "schema" and each.name in wanted)
                                     for each in (i, *i.chain))
    }  # fmt: skip
    return Source(
        facts,
        [row for row in source.keys if row[0] in wanted],
        source.dependents,
        [row for row in source.policies if row[0] in wanted],
        [row for row in source.grants if row[0] in wanted],
        [a for a in source.access if a.schema in wanted],
        source.hidden,
    )


def _texts(project: Project, product: Product) -> list[Text]:
    path = _path(project, product)
    return [
        Text(kind, file.name, "", file.text, path)
        for kind, folder in (("query", "queries"), ("job", "jobs"))
        for file in _read(product.sql / folder)
    ]


def _read(folder: Path) -> list[SqlFile]:
    """Return the files of a folder that can be read; `slate check` says what is wrong with the others."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        try:
            found.append(sqlfiles.read_file(path))
        except SlateError:
            continue
    return found


def _file(file: SqlFile, detail: str) -> model.File:
    words = {"budget_ms": "budget {} ms", "schedule": "{}"}[detail]
    said = file.header.get("what") or file.header.get("why") or ""
    return model.File(file.name, said, words.format(file.header[detail]) if detail in file.header else "", file.text)
