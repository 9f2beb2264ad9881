"""Which project, which products, which database: read from options, pyproject.toml and the environment.

Nothing here opens a connection or writes a file.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from slate_pg.environments import Environment, Value, combine, read_environments, read_values
from slate_pg.errors import Misuse, NoMigrations, did_you_mean
from slate_pg.hooks import Hooks, read_hooks
from slate_pg.settings import Limits, check_settings, read_allowed, read_limits, read_schemas, read_servers

SETTINGS = (
    "migrations", "sql", "shared", "schema", "showcase", "rules", "heads", "format", "rollbacks", "placeholders",
    "allow", "order", "env", "variables", "backfill", "fleet", "schemas", "hooks",
)  # fmt: skip
ORDERS = ("name", "natural")
REPEATABLE = "repeatable"  # the folder, inside a product's, of what is applied when its text changes
USUAL_FOLDERS = ("migrations", "db/migrations", "prisma/migrations", "supabase/migrations")
DATABASE_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")


@dataclass(frozen=True)
class Product:
    """A folder of migrations and the schema it builds; `sql` holds its seeds, queries and jobs.

    `named` is true where somebody has said the schema's name, which is otherwise the folder's. `format` is the layout
    of the folder where somebody has said it, `rollbacks` "required", "optional" or "from ID" likewise, `placeholders`
    the values of another tool's `${name}`. `order` is "natural" where files run by their numbers, 2 before 10, "name"
    where they run by their names. `variables` are the values that files may ask for, `environment` the one that was
    chosen by --env. `limits` are what its backfills keep. `schemas` are all that it builds, where it is more than
    `schema`, which has the ledger.
    """

    name: str
    migrations: Path
    sql: Path
    schema: str
    named: bool = False
    format: str | None = None
    rollbacks: str | None = None
    placeholders: tuple[tuple[str, str], ...] = ()
    order: str = "name"
    variables: tuple[Value, ...] = ()
    environment: str | None = None
    limits: Limits = field(default_factory=Limits)
    schemas: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The schemas it builds, in the order in which plain names are looked for."""
        return self.schemas or (self.schema,)

    def installed_as(self, schema: str) -> Product:
        """Return the same product installed under another schema name. Misuse for one that builds several."""
        if self.schemas and schema != self.schema:
            raise Misuse(
                f'{self.name} builds {len(self.schemas)} schemas, and cannot be installed as "{schema}"',
                hint="--as gives one schema another name. A second set of names takes a second project.",
            )
        return self if self.schemas else self.beside(schema)

    def beside(self, schema: str) -> Product:
        """Return the same product in one other schema, whatever it builds otherwise."""
        return replace(self, schema=check_schema_name(schema), named=True, schemas=())

    def command(self, verb: str, *options: str) -> str:
        """Return the command for this installation, as a shell takes it. Pure."""
        other = ["--as", self.schema] if self.named else []
        where = ["--env", self.environment] if self.environment else []
        return shlex.join(["slate", verb, self.name, *options, *other, *where])


@dataclass(frozen=True)
class Project:
    """The products found under one folder.

    `shared` is the product that all others build on, if there is one; `showcase` the query, "product/name", that
    `slate up` shows. `rules` are what `slate check` holds it to ("all" and "generic" stand for several), `heads` the
    migrations that need no successor, `allow` what `slate plan` lets pass. `variables` are defaults for all
    environments, `servers` names (or "") and connection strings of where a fleet is. `hooks` run around what writes.
    """

    root: Path
    products: tuple[Product, ...]
    cluster: Path
    shared: str | None = None
    showcase: str | None = None
    rules: tuple[str, ...] = ("generic",)
    heads: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    environments: tuple[Environment, ...] = ()
    variables: tuple[Value, ...] = ()
    servers: tuple[tuple[str, str], ...] = ()
    hooks: Hooks = field(default_factory=Hooks)

    def within(self, environment: Environment | None, given: Sequence[Value] = (), said: bool = False) -> Project:
        """Return the same in an environment, `said` on the command line, with the values of --var. Pure."""
        values = combine(self.variables, environment.variables if environment else (), given)
        return self.having(values, environment.name if environment and said else None)

    def having(self, values: tuple[Value, ...], name: str | None = None) -> Project:
        """Return the same with these values, in the environment of that name. Pure."""
        return replace(self, products=tuple(replace(p, variables=values, environment=name) for p in self.products))

    def product(self, name: str) -> Product:
        """Return the product of that name; Misuse with the nearest name when there is none."""
        for product in self.products:
            if product.name == name:
                return product
        hint = did_you_mean(name, (p.name for p in self.products))
        raise Misuse(f'no product "{name}" under {self.root}', hint=hint)

    def select(self, names: list[str]) -> list[Product]:
        """Return the named products (all without names), the shared one first, each once."""
        chosen = [self.product(name) for name in names] or list(self.products)
        if self.shared and any(p.name == self.shared for p in self.products):
            chosen.insert(0, self.product(self.shared))
        return list(dict.fromkeys(chosen))


def check_schema_name(name: str) -> str:
    """Return the name if it can be a schema's; Misuse otherwise."""
    if not name or len(name.encode()) > 63 or name.startswith("pg_") or "\0" in name:
        raise Misuse(
            f'"{name}" cannot be a schema',
            hint="A schema name has 1 to 63 bytes and does not start with pg_.",
        )
    return name


def require_sql(project: Project) -> Project:
    """Return the project; Misuse for a product without a migration: an empty folder proves and applies nothing."""
    for product in project.products:
        names = os.listdir(product.migrations)
        if not any(name.lower().endswith((".sql", ".py")) for name in names) and not is_whole(product.migrations):
            raise Misuse(
                f"{product.migrations} holds no migration: no file in it ends in .sql",
                hint="Say where they are (--migrations DIR), or write the first: `slate new PRODUCT NAME`.",
            )
    return project


_ONE_EACH = ("migration.sql", "up.sql", "down.sql")  # a folder with no other SQL is one migration, of Prisma or diesel
_FLYWAY = re.compile(r"^[VURB][\d._]*__.*\.sql$")


def is_whole(folder: Path) -> bool:
    """Tell a folder whose folders are parts of one history: a plan of Sqitch, committed/, one folder a migration."""
    if any((folder / name).is_file() for name in ("sqitch.plan", "sqitch.conf")) or (folder / "committed").is_dir():
        return True
    return any((p / name).is_file() for p in folder.iterdir() if p.is_dir() for name in _ONE_EACH[:2])


def _is_product(folder: Path) -> bool:
    names = {path.name for path in folder.glob("*.sql")}
    return bool(names - set(_ONE_EACH)) or (not names and is_whole(folder))


def _product_folders(migrations: Path, layout: str | None) -> list[Path]:
    """Return the folders that are a product each, none where the folder itself is one. Misuse where it is both."""
    inside = sorted(p for p in migrations.iterdir() if not p.name.startswith("."))
    folders = [p for p in inside if p.is_dir() and _is_product(p)]
    beside = [p for p in inside if not p.is_dir() and p.suffix.lower() == ".sql"]
    if beside:
        folders = [p for p in folders if p.name != REPEATABLE]
    if is_whole(migrations) or layout == "flyway" or (beside and all(_FLYWAY.match(p.name) for p in beside)):
        return []
    if folders and beside:
        raise Misuse(
            f"{migrations} holds migrations ({beside[0].name}) and folders with migrations ({folders[0].name})",
            hint="Move the files into a folder of their own, or the folders away: a folder of files is one product, a "
            "folder of folders is one product each.",
        )
    return folders


def find_project(migrations: str | None = None, start: Path | None = None) -> Project:
    """Find the project: a folder of migrations, or the nearest pyproject.toml with [tool.slate]. Reads only.

    A folder that is named gets the placeholders of that pyproject.toml, and nothing else of it.
    """
    if migrations:
        layout, _, path = migrations.partition(":")
        said = {"format": layout} if path and not Path(migrations).exists() else {}
        folder = Path(path if said else migrations).resolve()
        if not folder.is_dir():
            raise NoMigrations(f'no folder "{migrations}"', hint="--migrations takes a folder of .sql files.")
        given: Mapping[str, Any] = {}
        with suppress(Misuse):  # a broken file is what a folder is named for
            given = next((table for _, table in _nearest(start)), {})
        filled = {"placeholders": given.get("placeholders", {})}
        return build_project(folder.parent, {"migrations": folder.name, **said, **filled})
    here = (start or Path.cwd()).resolve()
    for folder, table in _nearest(start):
        return build_project(folder, {"rules": ["all"], **table})
    for folder in (here, *here.parents):
        usual = [name for name in USUAL_FOLDERS if (folder / name).is_dir()]
        if len(usual) > 1:
            raise Misuse(f"{folder} has {usual[0]} and {usual[1]}", hint="Say which: --migrations DIR.")
        if usual:
            return build_project(folder, {"migrations": usual[0]})
    raise NoMigrations(
        f"no migrations found from {here} upwards",
        hint='Say --migrations DIR, or put [tool.slate] with migrations = "DIR" into a pyproject.toml.',
    )


def _nearest(start: Path | None) -> list[tuple[Path, Mapping[str, Any]]]:
    """Return the nearest pyproject.toml's folder and [tool.slate], one or none. Reads only."""
    here = (start or Path.cwd()).resolve()
    tables = ((folder, read_slate_table(folder / "pyproject.toml")) for folder in (here, *here.parents))
    return [(folder, table) for folder, table in tables if table is not None][:1]


def read_slate_table(path: Path) -> Mapping[str, Any] | None:
    """Return [tool.slate] of a pyproject.toml, None without file or table. Reads only."""
    if not path.is_file():
        return None
    import tomllib

    try:
        table: Mapping[str, Any] | None = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("slate")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{path} is not TOML: {error}", hint="Fix the file, or say --migrations DIR.") from error
    if table is None:
        return None
    check_settings(str(path), table, SETTINGS)
    return table


def find_environments(start: Path | None = None) -> tuple[tuple[Environment, ...], tuple[Value, ...]]:
    """Return environments and default variables of the nearest pyproject.toml with [tool.slate]. Reads only."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if (table := read_slate_table(path)) is not None:
            return _environments(str(path), table)
    return (), ()


def _environments(where: str, table: Mapping[str, Any]) -> tuple[tuple[Environment, ...], tuple[Value, ...]]:
    values = read_values(f"{where}: [tool.slate.variables]", table.get("variables", {}))
    return read_environments(where, table.get("env", {})), values


def build_project(root: Path, table: Mapping[str, Any]) -> Project:
    """Build the project from [tool.slate]: a folder of folders is one product each, a folder of files is one."""
    migrations = root / table.get("migrations", "migrations")
    sql = root / table.get("sql", "sql")
    if not migrations.is_dir():
        raise NoMigrations(f"no folder {migrations}", hint="Set migrations in [tool.slate], or say --migrations DIR.")
    said: dict[str, Any] = {
        "format": table.get("format"),
        "rollbacks": table.get("rollbacks"),
        "placeholders": tuple(sorted((str(k), str(v)) for k, v in table.get("placeholders", {}).items())),
        "limits": read_limits(table.get("backfill", {})),
    }
    if table.get("order", "name") not in ORDERS:
        raise Misuse(f'[tool.slate] order is "name" or "natural", not {table["order"]!r}', hint="Correct the setting.")
    said["order"] = table.get("order", "name")
    folders = _product_folders(migrations, said["format"])
    schema, said["schemas"] = read_schemas(table, bool(folders))
    if folders:
        products = tuple(Product(p.name, p, sql / p.name, p.name, **said) for p in folders)
    else:
        # A flat folder is how every other tool keeps migrations; they run in public there, and so here.
        products = (Product(migrations.name, migrations, sql, schema, **said),)
        for name in said["schemas"]:
            check_schema_name(name)
    environments, variables = _environments(str(root / "pyproject.toml"), table)
    shared = table.get("shared") or ("core" if any(p.name == "core" for p in products) else None)
    return Project(
        root, products, sql / "cluster", shared, table.get("showcase"),
        tuple(table.get("rules", ["generic"])), tuple(table.get("heads", ())),
        read_allowed(table.get("allow", ())), environments, variables,
        read_servers(table["fleet"], "[tool.slate.fleet]") if "fleet" in table else (),
        read_hooks(table.get("hooks", {}), root),
    ).within(None)  # fmt: skip


def database_url(option: str | None, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the connection string to use: option, DATABASE_URL, "" for libpq's own variables, None for embedded."""
    if option:
        return option
    if environ.get("DATABASE_URL"):
        return environ["DATABASE_URL"]
    if any(environ.get(name) for name in DATABASE_VARIABLES):
        return ""
    return None
