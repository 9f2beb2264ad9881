"""Takes over a schema that was made by hand, by psql or by yoyo: it gets its ledger if it is what it should be.

The migrations are built on a disposable server and the catalogs compared; only equality writes, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slate_pg.backup.logical import read_portion
from slate_pg.catalog import compare
from slate_pg.catalog.model import Catalog
from slate_pg.config import Product, Project
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations import elsewhere, keeping, ledger, locking, others, several
from slate_pg.migrations.baselines import baseline_of, is_file, of_new, one_by_one
from slate_pg.migrations.belonging import read_own_state, refuse_hurt
from slate_pg.migrations.elsewhere import Elsewhere
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.order import in_order
from slate_pg.migrations.repeatable import records
from slate_pg.migrations.repeatable.reading import Repeatable, read_repeatables
from slate_pg.migrations.replacing import ids_of
from slate_pg.migrations.runner import Run, apply
from slate_pg.migrations.state import State, check_target
from slate_pg.migrations.upgrade import create
from slate_pg.operations.ground import ground
from slate_pg.postgres.binaries import Binaries, find_binaries
from slate_pg.postgres.connection import Connection, package_sql, send
from slate_pg.postgres.sandbox import wants_superuser

_MODEL = "slate_model"
# What stock yoyo put on record gets the texts it lacks and keeps its place; what Slate did stays as it is.
_TEXTS = """
    UPDATE SET
        began_at = coalesce(_slate_ledger.began_at, _slate_ledger.ended_at, excluded.began_at),
        who = excluded.who, checksum = excluded.checksum, body = excluded.body,
        rollback_checksum = excluded.rollback_checksum, rollback_body = excluded.rollback_body,
        rollback_transactional = excluded.rollback_transactional, duration_ms = excluded.duration_ms,
        note = excluded.note, variables = excluded.variables
    WHERE _slate_ledger.checksum IS NULL
"""


@dataclass(frozen=True)
class Adoption:
    """What came of it: the migrations now on record, or what differs; `differences` empty means adopted.

    `kept` is the tool whose ledger is kept too, `undone` what that tool has undone, `total` all that is applied by now.
    """

    schema: str
    ids: list[str]
    differences: list[compare.Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: str | None = None
    undone: list[str] = field(default_factory=list)
    total: int | None = None


def adopt(
    run: Run, project: Project, to: str | None = None, tool: str | None = None, *, keep: bool = False
) -> Adoption:
    """Give a schema its ledger if it equals what the migrations up to `to` build. Writes the ledger or nothing.

    With a `tool`, what its ledger says it has run; that ledger is read only, and no difference. Where it is to be kept
    too, `keep` has that put on record.

    SlateError when there is no such schema, or when it has its ledger already; Misuse for an unknown `to`.
    """
    connection, product = run.connection, run.product
    ordered = in_order(read_migrations(product))
    foreign = others.find(connection, product.schema, one_by_one(ordered), tool)
    chosen = _of_other(product, foreign, ordered, tool, to) if foreign else _chosen(connection, product, ordered, to)
    owner = connection.execute(package_sql("operations/find_owner"), {"schema": product.schema}).fetchone()
    if owner is None:
        raise SlateError(f'there is no schema "{product.schema}"', hint=f"`slate apply {product.name}` makes one.")
    kept = keeping.Kept(foreign.tool, foreign.schema, foreign.table) if foreign and keep else None
    if kept:
        keeping.check_table(connection, product, kept)
    locking.take_lock(connection, product.schema, run.patience, run.watcher.waiting)
    try:
        notes: list[str] = []
        repeatables = read_repeatables(product) if _is_whole(ordered, chosen) else []
        model, differences = held_against(run, project, chosen, owner[0], foreign, notes)
        if differences and repeatables:  # they may not have been applied: then the next apply runs them
            bare, left = held_against(run, project, chosen, owner[0], foreign, notes, repeats=False)
            model, differences, repeatables = (model, differences, repeatables) if left else (bare, [], [])
        if not differences:
            both = [keeping.enter(connection, product.schema, kept)] if kept else []
            both += [text.rstrip(";")] if (text := several.statements(connection, product)) else []
            mark(connection, product.schema, chosen, model.recorded, [*both, *_marked(run, repeatables)])
        return Adoption(product.schema, [m.id for m in chosen], differences, notes, kept.tool.name if kept else None)
    finally:
        locking.release_lock(connection, product.schema)


def _is_whole(ordered: Sequence[Migration], chosen: Sequence[Migration]) -> bool:
    """Tell whether these are all of a folder, behind which its repeatable files come. Pure."""
    return chosen[-1].id in (ordered[-1].id, of_new(ordered)[-1].id, one_by_one(ordered)[-1].id)


def held_against(
    run: Run,
    project: Project,
    chosen: Sequence[Migration],
    owner: str,
    foreign: others.Foreign | None,
    notes: list[str],
    *,
    repeats: bool = True,
) -> tuple[Model, list[compare.Difference]]:
    """Return what the files build, with or without the repeatable ones, and how the schema differs. Reads only."""
    connection, product = run.connection, run.product
    model = build(connection, project, product, chosen, owner, notes, repeats=repeats)
    present = read_portion(connection, [product.schema, *model.schemas], model.made.made)
    # Rails' structure.sql makes Rails' own ledger too.
    theirs = others.parts(connection, foreign.tool, foreign.schema, foreign.table) if foreign else set()
    return model, compare.compare(model.catalog.without(theirs), present.without(theirs))


def _marked(run: Run, repeatables: Sequence[Repeatable]) -> list[str]:
    """Return the SQL that puts repeatable files on record as applied."""
    entries = (records.record(run.connection, run.product.schema, r.name, r.script.text, "") for r in repeatables)
    return [entry.strip().rstrip(";") for entry in entries]


def _of_other(
    product: Product, foreign: others.Foreign, ordered: Sequence[Migration], tool: str | None, to: str | None
) -> list[Migration]:
    """Return the migrations that another tool has run. Misuse where nobody has said that it is to be taken over."""
    name, files = foreign.tool.name, one_by_one(ordered)
    if tool is None:
        raise Misuse(
            f'"{product.schema}" was migrated by {name}: {others.count(foreign, files)} of {len(files)}',
            hint=f"Say so: `slate adopt {product.name} --from {name}`.",
        )
    if to is not None:
        raise Misuse("--to and --from", hint=f"The ledger of {name} says how far it is: leave --to out.")
    baseline = baseline_of(ordered)
    if baseline is None:
        return others.applied(foreign, files)
    had = {m.id for m in others.matching(foreign, files)} & {*ids_of(baseline.replaces[:-1])}
    done = others.applied(foreign, files if had else of_new(ordered))
    if all(map(is_file, done)):
        return done
    if not baseline.replaces[-1].is_had({m.id: None for m in done}):
        raise SlateError(
            f"{name} has run a part of what {baseline.id} replaces, and the files are gone",
            hint=f"Nothing was written. Have {name} run the rest first, or put those files back into the folder.",
        )
    return [baseline, *(m for m in done if m.id not in {*ids_of(baseline.replaces)})]


def _chosen(
    connection: Connection, product: Product, ordered: Sequence[Migration], to: str | None
) -> Sequence[Migration]:
    """Return the migrations to put on record. SlateError when Slate's ledger is there, or yoyo's has others."""
    state = read_own_state(connection, product, ordered, hurt_too=True)
    if state.version is not None:
        refuse_hurt(connection, product, ordered, state)
    if state.applied and all(a.checksum for a in state.applied):
        raise SlateError(f'"{product.schema}" has its ledger already', hint=f"`slate status {product.name}` reads it.")
    if to is None and any(a.checksum for a in state.applied):  # yoyo began, and Slate went on
        to = state.applied[-1].id
    if to is not None and to not in {m.id for m in one_by_one(ordered) if is_file(m)}:
        to = check_target(state, to)
    ordered = _one_way(state, ordered, to)
    chosen = ordered[: [m.id for m in ordered].index(to) + 1] if to else ordered
    beyond = [a.id for a in state.applied if a.id not in {m.id for m in chosen}]
    if beyond:
        raise SlateError(
            f'"{product.schema}" has a ledger of yoyo with migrations beyond: {", ".join(beyond)}',
            hint="Say --to with the last one that was applied, and have its file in the folder.",
        )
    return chosen


def _one_way(state: State, ordered: Sequence[Migration], to: str | None) -> Sequence[Migration]:
    """Return the files that a schema is held against where a baseline is among them: it, or those up to `to`. Pure."""
    if to is not None and to not in {m.id for m in state.chosen.ordered}:
        return one_by_one(ordered)
    return state.chosen.ordered


@dataclass(frozen=True)
class Model:
    """What the migrations build: the catalog, what of it lies outside the schema, and which of them made that."""

    catalog: Catalog
    made: Elsewhere
    recorded: dict[str, str]

    @property
    def schemas(self) -> list[str]:
        """The other schemas in which something is the product's."""
        return [*self.made.schemas, *self.made.places]


def build(
    target: Connection, project: Project, product: Product, chosen: Sequence[Migration], owner: str,
    notes: list[str], *, repeats: bool = True,
) -> Model:  # fmt: skip
    """Return what these migrations of a product build, as its owner, on a disposable server. Writes there only.

    The files are the operator's own: where one of them wants a superuser, all are run by one, and a note says so.
    """
    binaries = find_binaries(target.info.server_version // 10000)
    try:
        return _build(binaries, project, product, chosen, owner, repeats=repeats, trusted=False)
    except SlateError as error:
        if not wants_superuser(error):
            raise
        notes.append(f"built as superuser, from files of this project only: {error.message}")
        return _build(binaries, project, product, chosen, owner, repeats=repeats, trusted=True)


def _build(
    binaries: Binaries, project: Project, product: Product, chosen: Sequence[Migration], owner: str, *,
    repeats: bool, trusted: bool,
) -> Model:  # fmt: skip
    with ground(binaries, project, product, _MODEL, owner, trusted=trusted) as (_, connection):
        whole = _is_whole(in_order(read_migrations(product)), chosen)
        run = Run(connection, product, project.shared, asks=False, repeats=repeats and whole)
        apply(run, chosen[-1].id, chosen)
        made = elsewhere.read(connection, product.schema)
        catalog = read_portion(connection, [product.schema, *made.schemas, *made.places], made.made)
        return Model(catalog, made, elsewhere.read_notes(connection, product.schema))


def mark(
    connection: Connection,
    schema: str,
    migrations: Sequence[Migration],
    recorded: Mapping[str, str] | None = None,
    more: Sequence[str] = (),
) -> None:
    """Enter migrations into a ledger as if they had been applied, its history says "mark"; all at once. Writes.

    `recorded` is what each of them made outside the schema, as the ledger keeps it; `more` is SQL that goes along.
    """
    create(connection, schema)
    always = "ON CONFLICT (kind, key, number) DO " + _TEXTS
    entries = [
        ledger.record(connection, schema, m, "mark", always=always, made=(recorded or {}).get(m.id)) for m in migrations
    ]
    try:
        send(connection, ";\n".join(["BEGIN", *entries, *more, "COMMIT"]))
    except BaseException:
        send(connection, "ROLLBACK")
        raise
