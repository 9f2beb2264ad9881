"""A folder of another tool is read as it is, in that tool's order, and its way back is never run as a way there."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.cli import main
from slate_pg.config import Product, find_project
from slate_pg.errors import SlateError
from slate_pg.migrations.folders import find_format, read_migrations
from slate_pg.migrations.order import in_order
from tests.formats.projects import EXAMPLES, INDEX, LAST, TABLE, Example
from tests.workshop import Workshop, captured


def product_of(folder: Path) -> Product:
    (product,) = find_project(str(folder)).products
    return product


def write(root: Path, files: dict[str, str]) -> Path:
    return Example(files, (), "").write(root)


def assert_done(arguments: list[str]) -> None:
    done = captured(main, "slate", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_layout_is_recognised_and_read_in_the_order_of_its_tool(example: Example, tmp_path: Path) -> None:
    product = product_of(example.write(tmp_path))
    layout = find_format(product)
    assert (layout.name if layout else "slate") == example.name
    migrations = in_order(read_migrations(product))
    assert tuple(m.id for m in migrations) == example.ids
    assert tuple(m.id for m in migrations if not m.apply.transactional) == example.alone
    assert [m.rollback is not None for m in migrations] == [example.undoes] * len(migrations)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_layout_is_found_without_being_told_where_it_is(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = example.write(tmp_path)
    monkeypatch.chdir(tmp_path if example.folder not in (".", "db") else folder)
    if example.folder in (".", "db"):
        (tmp_path / "pyproject.toml").write_text(f'[tool.slate]\nmigrations = "{example.folder}"\n')
    (product,) = find_project().products
    assert [m.id for m in in_order(read_migrations(product))] == list(example.ids)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_folder_of_another_tool_is_applied_proven_and_undone(shop: Workshop, example: Example) -> None:
    folder = str(example.write(shop.root / "theirs"))
    where = ["--migrations", folder, "--database", shop.url]
    assert_done(["apply", *where])
    tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') "
    tables += "AND relname NOT LIKE '\\_slate%' ORDER BY 1"
    built = ["account", "account_name_idx", "account_pkey", "payment", "payment_pkey"]
    assert [r[0] for r in shop.rows(tables)] == built
    assert_done(["status", *where])
    undone = captured(main, "slate", "rollback", Path(folder).name, "--all", *where)
    if example.undoes:
        assert undone.returncode == 0, undone.stderr
        assert shop.rows(tables) == []
    else:
        assert undone.returncode == 1
        assert "cannot be undone" in undone.stderr
        assert [r[0] for r in shop.rows(tables)] == built


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"1_a.up.sql": TABLE, "1_a.sql": LAST}, "1_a.sql is no migration of golang-migrate or sqlx"),
        ({"1_a.up.sql": TABLE, "2_b.down.sql": LAST}, "2_b.down.sql undoes a migration that is not there"),
        ({"1_a.up.sql": TABLE, "01_b.up.sql": LAST}, "carry one version"),
        ({"1_a.up.sql": TABLE, "2_b.go": "package x"}, "2_b.go: only SQL migrations are run"),
        ({"1_a.up.sql": TABLE, "2_b.up.sql.tmpl": "x"}, "2_b.up.sql.tmpl: only SQL migrations are run"),
        ({"1_a.up.sql": 'CREATE TABLE {{ index .Options "x" }}.a ();'}, "1_a.up.sql:1 is a template: {{ index .Options"),
        ({"1_a.sql": f"-- migrate:up\n{TABLE}", "2_b.sql": LAST}, "0 marks of the way there"),
        ({"1_a.sql": f"{TABLE}-- migrate:up\n{LAST}"}, "has SQL before its first mark"),
        ({"1_a.sql": f"-- migrate:up\n{TABLE}", "2_b.sql": f"-- +goose Up\n{LAST}"}, "could be of two tools"),
        ({"1_a.up.sql": TABLE, "V1__b.sql": LAST}, "could be of two tools: golang-migrate (1_a.up.sql) and flyway"),
        ({"1_a.sql": TABLE, "1_a.rollback.sql": "", "V1__b.sql": LAST}, "could be of two tools: flyway (V1__b.sql) and slate"),
        ({"1_a.sql": f"-- +goose Up\n{TABLE}-- +goose Down\n", "1_a.rollback.sql": ""}, 'another tool\'s layout ("+goose Up")'),
        ({"1_a.sql": f"-- +goose ENVSUB ON\n-- +goose Up\n{TABLE}"}, "1_a.sql:1 takes its values from the environment"),
        ({"1_a.sql": f"-- +goose Up\n{TABLE}", "1_b.sql": f"-- +goose Up\n{LAST}"}, "carry one version"),
        ({"V1__a.sql": TABLE, "R_b.sql": "CREATE VIEW b AS SELECT 1;"}, "R_b.sql is no migration of Flyway"),
        ({"V1__a.sql": TABLE, "beforeMigrate.sql": "SELECT 1;"}, "beforeMigrate.sql is a callback"),
        ({"V1__a.sql": TABLE, "B2__b.sql": "SELECT 1;"}, "B2__b.sql is a baseline"),
        ({"V1__a.sql": TABLE, "U2__b.sql": "SELECT 1;"}, "U2__b.sql undoes a version that is not there"),
        ({"V1__a.sql": TABLE, "V1.0__b.sql": LAST}, "carry one version"),
        ({"V1__a.sql": f"{TABLE}\nSELECT '${{who}}';\n"}, "V1__a.sql:3 has a placeholder without a value: ${who}"),
        ({"V1__a.sql": TABLE, "V2__b.java": "class B {}"}, "V2__b.java: only SQL migrations are run"),
        ({"1_a/migration.sql": TABLE, "2_b.sql": LAST}, "2_b.sql is no migration of Prisma"),
        ({"1_a/migration.sql": TABLE, "migration_lock.toml": 'provider = "mysql"'}, 'these migrations are for "mysql"'),
        ({"1_a/up.sql": TABLE, "2_b/ups.sql": LAST}, "2_b/ups.sql is no migration of diesel"),
        ({"1_a/up.sql": TABLE, "2_b/up.rs": "fn up"}, "2_b has no up.sql, and has up.rs"),
        ({"1_a/migration.sql": TABLE, "2_b/migration.ts": "x"}, "2_b has no migration.sql, and has migration.ts"),
        ({"1_a/migration.sql": TABLE, "1_a/more/migration.sql": LAST}, "1_a/more holds SQL that Prisma does not read"),
        ({"1_a.up.SQL": TABLE, "2_b.up.sql": LAST}, "1_a.up.SQL does not end in .sql"),
        ({"V1__a.sql": TABLE, "V2__b.SQL": LAST}, "V2__b.SQL does not end in .sql"),
        ({"1_a.UP.sql": TABLE, "1_a.DOWN.sql": "DROP TABLE account;"}, "1_a.DOWN.sql undoes a migration by another tool's name"),
        ({"committed/000001.sql": TABLE, "committed/later.sql": LAST}, "later.sql is no committed migration"),
        ({"committed/000001.sql": "GRANT ALL ON DATABASE :DATABASE_NAME TO x;"}, "value: :DATABASE_NAME"),
        ({"sqitch.plan": "%project=x\na 2024-01-01T00:00:00Z A <a@b.c>\n"}, "deploy/a.sql is not there"),
        ({"sqitch.plan": "a [b:c] 2024-01-01T00:00:00Z A <a@b.c>\n"}, 'sqitch.plan:1 needs "b:c" of another project'),
        ({"sqitch.plan": "what is this\n"}, "sqitch.plan:1 is no change of a plan"),
        ({"1.sql": f"--liquibase formatted sql\n--changeset a:1\n{TABLE}"}, "is a changelog of Liquibase"),
        ({"1_a.sql": f"-- Up Migration\n{TABLE}", "2_b.js": "exports.up"}, "2_b.js: only SQL migrations are run"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, files: dict[str, str], said: str) -> None:
    folder = write(tmp_path, files)
    with pytest.raises(SlateError) as refused:
        read_migrations(product_of(folder))
    assert said in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("name", ["3_c.up.sql", "3_c.down.sql", "3_c.sql", "V3__c.sql"])
def test_a_link_that_leads_nowhere_is_named(tmp_path: Path, name: str) -> None:
    files = {"V1__a.sql": TABLE} if name[0] == "V" else {"1_a.up.sql": TABLE}
    folder = write(tmp_path, files if name != "3_c.sql" else {"1_a.sql": f"-- +goose Up\n{TABLE}"})
    (folder / name).symlink_to(tmp_path / "nowhere")
    with pytest.raises(SlateError) as refused:
        read_migrations(product_of(folder))
    assert name in refused.value.message


def test_a_reworked_change_is_refused(tmp_path: Path) -> None:
    change = "a 2024-01-01T00:00:00Z A <a@b.c>\n"
    folder = write(
        tmp_path, {"sqitch.plan": f"{change}@v1 2024-01-01T00:00:00Z A <a@b.c>\n{change}", "deploy/a.sql": TABLE}
    )
    with pytest.raises(SlateError, match=r'sqitch.plan:3: "a" is reworked'):
        read_migrations(product_of(folder))


def test_an_error_in_a_section_has_the_line_of_the_file(shop: Workshop) -> None:
    folder = write(
        shop.root / "theirs", {"1_a.sql": f"-- migrate:up\n{TABLE}\n\n-- migrate:down\nDROP TABLE\n  nowhere;\n"}
    )
    where = ["--migrations", str(folder), "--database", shop.url]
    assert_done(["apply", *where])
    undone = captured(main, "slate", "rollback", folder.name, *where)
    assert undone.returncode == 1
    assert "1_a.sql:6" in undone.stderr


def test_a_placeholder_is_filled_from_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"V1__a.sql": "SELECT '${who.is}';"})
    (tmp_path / "pyproject.toml").write_text('[tool.slate.placeholders]\n"who.is" = "it"\n')
    monkeypatch.chdir(tmp_path)
    for product in (*find_project().products, *find_project(str(tmp_path / "migrations")).products):
        assert read_migrations(product)[0].apply.text == "SELECT 'it';"


def test_an_option_of_a_template_is_filled_from_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    option = '{{ index .Options "Namespace" }}'
    folder = write(tmp_path, {"1_a.up.sql": f"BEGIN;\nCREATE TABLE {option}.a ();\nCOMMIT;", "2_b.up.sql": "SELECT 1;"})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SlateError, match=r"1_a\.up\.sql:2 is a template") as refused:
        read_migrations(product_of(folder))
    assert '[tool.slate.placeholders] Namespace = "…"' in (refused.value.hint or "")
    (tmp_path / "pyproject.toml").write_text('[tool.slate.placeholders]\nNamespace = "auth"\n')
    (product,) = find_project().products
    assert read_migrations(product)[0].apply.text.split() == ["CREATE", "TABLE", "auth.a", "();"]
    (folder / "2_b.up.sql").write_text("SELECT {{ .Other }};")
    with pytest.raises(SlateError, match=r"2_b\.up\.sql:1 is a template"):
        read_migrations(product)


def test_the_tool_can_be_said_where_a_folder_could_be_of_two(tmp_path: Path) -> None:
    folder = write(tmp_path, {"1_a.sql": f"-- Up Migration\n-- +goose Up\n{TABLE}"})
    with pytest.raises(SlateError, match="could be of two tools"):
        read_migrations(product_of(folder))
    (product,) = find_project(f"goose:{folder}").products
    assert [m.id for m in read_migrations(product)] == ["1_a"]


def test_rollbacks_are_required_from_a_migration_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"1_a.sql": TABLE, "2_b.sql": LAST, "3_c.sql": INDEX})
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nrollbacks = "from 2_b"\n')
    monkeypatch.chdir(tmp_path)
    (product,) = find_project().products
    assert [m.rollback_optional for m in read_migrations(product)] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SET lock_timeout = '1s';\nBEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;\n", "SET lock_timeout = '1s';\n\nSELECT 1;\n\nSELECT 2;\n"),
        ("begin transaction; SELECT 1; end;\nSTART TRANSACTION; SELECT 'COMMIT;'; COMMIT WORK;", "SELECT 1;\nSELECT 'COMMIT;';"),
        ("BEGIN;\nSELECT 1;\nROLLBACK;", None),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;", None),
        ("COMMIT;\nBEGIN;", None),
        ("BEGIN;\nSELECT 1;", None),
    ],
)  # fmt: skip
def test_transactions_of_a_script_give_way_to_the_runners(tmp_path: Path, text: str, kept: str | None) -> None:
    folder = write(tmp_path, {"1_a.up.sql": text})
    (migration,) = read_migrations(product_of(folder))
    expected = text if kept is None else kept
    assert migration.apply.text.split() == expected.split()
    assert migration.apply.text.count("\n") == text.count("\n")


def test_a_folder_of_another_tool_is_proven(tmp_path: Path) -> None:
    folder = EXAMPLES["goose"].write(tmp_path)
    done = captured(main, "slate", "check", "--migrations", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 migrations proven" in done.stdout + done.stderr
    assert "is read as goose has it" in done.stdout + done.stderr


def test_plan_says_what_cannot_be_undone_and_apply_does_not_warn_of_a_layout(shop: Workshop) -> None:
    folder = EXAMPLES["prisma"].write(shop.root / "theirs")
    where = ["--migrations", str(folder), "--database", shop.url]
    planned = captured(main, "slate", "plan", *where)
    assert "note: 4 of 4 pending migrations cannot be undone, having no rollback" in planned.stderr
    applied = captured(main, "slate", "apply", *where)
    assert f"note: {folder} is read as Prisma has it" in applied.stderr
    assert "warning" not in applied.stderr


def test_status_says_whose_layout_it_is_and_what_cannot_be_undone(shop: Workshop) -> None:
    folder = EXAMPLES["prisma"].write(shop.root / "theirs")
    where = ["--migrations", str(folder), "--database", shop.url]
    assert_done(["apply", *where])
    said = captured(main, "slate", "status", *where)
    assert "is read as Prisma has it" in said.stderr
    assert "warning" not in said.stderr
    assert "cannot be undone: 20240104000000_payment and 3 before it" in said.stdout


@pytest.mark.parametrize("tool", ["golang-migrate", "flyway", "prisma", "diesel", "supabase", "sqitch"])
def test_a_big_file_of_another_tool_stays_in_its_file(shop: Workshop, tool: str) -> None:
    example = EXAMPLES[tool]
    folder = example.write(shop.root / "theirs")
    last = in_order(read_migrations(product_of(folder)))[-1].apply.path
    rows = "".join(f"{n}\t1\n" for n in range(400_000))
    last.write_text(f"{LAST}INSERT INTO account VALUES (1, 'one');\nCOPY payment FROM stdin;\n{rows}\\.\n")
    script = in_order(read_migrations(product_of(folder)))[-1].apply
    assert script.is_big
    assert_done(["apply", "--migrations", str(folder), "--database", shop.url])
    assert shop.rows("SELECT count(*) FROM payment") == [(400_000,)]
    assert_done(["status", "--migrations", str(folder), "--database", shop.url])


def test_files_with_placeholders_are_left_out_by_the_linters_which_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"V1__a.sql": "CREATE TABLE ${app}_a (id bigint);\n", "V2__b.sql": LAST})
    (tmp_path / "pyproject.toml").write_text('[tool.slate.placeholders]\napp = "shop"\n')
    monkeypatch.chdir(tmp_path)
    done = captured(main, "slate", "lint")
    assert "V1__a.sql has variables and was not read by the linters" in done.stdout + done.stderr
    assert "syntax-error" not in done.stdout
