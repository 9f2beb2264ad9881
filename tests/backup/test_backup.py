"""A backup is whole and undamaged or it is refused, and what comes back is what went in."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from slate_pg.backup import catalog_file, folders, logical, manifest, proof, restore, retention
from slate_pg.catalog.identity import Identity
from slate_pg.config import Product
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations import ledger, runner, upgrade
from slate_pg.postgres.connection import connect
from tests.conftest import PRODUCTS


@pytest.fixture(scope="module")
def kept(tmp_path_factory, filled_url, slate_project):
    """One finished backup of flourish, which no test changes."""
    with connect(filled_url) as connection:
        to = tmp_path_factory.mktemp("kept")
        return logical.back_up(connection, slate_project.product("flourish"), "core", to)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_backup_with_demo_data_restores_equal(among, filled, slate_project, tmp_path, product):
    among(product)
    written = logical.back_up(filled, slate_project.product(product), slate_project.shared, tmp_path)
    rows = sum(rows for part in written.manifest.parts for rows, _ in part.tables.values())
    assert rows > 0
    assert proof.verify(written.folder) == []


@pytest.mark.parametrize("verify", [True, False])
def test_one_flipped_byte_is_refused_and_the_file_is_named(kept, tmp_path, slate, empty, empty_url, verify):
    copy = tmp_path / kept.folder.name
    subprocess.run(["cp", "-r", kept.folder, copy], check=True)
    victim = max((copy / "schema").iterdir(), key=lambda p: p.stat().st_size)
    raw = bytearray(victim.read_bytes())
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(raw)
    ran = slate("restore", copy, "--verify") if verify else slate("restore", copy, "--database", empty_url)
    assert ran.code == 1
    assert f"schema/{victim.name} was changed" in ran.err
    assert ledger.find_ledgers(empty) == {}


@pytest.mark.parametrize(("change", "said"), [("add", "does not belong to it"), ("remove", "is missing")])
def test_a_file_too_many_or_too_few_is_refused(kept, tmp_path, change, said):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", kept.folder, copy], check=True)
    if change == "add":
        (copy / "schema" / "extra.dat").write_text("x")
    else:
        (copy / "catalog.json").unlink()
    with pytest.raises(SlateError, match=said):
        proof.verify(copy)


def test_a_backup_restores_into_an_empty_database_with_its_ledger(kept, empty, slate_project):
    assert restore.restore(empty, kept.folder) == ["core", "flourish"]
    product = slate_project.product("flourish")
    assert ledger.read_state(empty, product).is_current
    assert runner.apply(runner.Run(empty, product, "core")) == []
    part = next(p for p in kept.manifest.parts if p.schema == "flourish")
    assert proof.compare_rows(part, logical.measure(empty, "flourish")) == []


def test_a_restore_never_falls_onto_an_installation(kept, filled):
    with pytest.raises(SlateError, match='"flourish" is an installation already') as caught:
        restore.restore(filled, kept.folder)
    assert "--as flourish_restored" in caught.value.hint


def test_a_restore_never_falls_onto_a_schema_with_objects(kept, empty):
    empty.execute("CREATE SCHEMA flourish CREATE TABLE mine (id int)")
    with pytest.raises(SlateError, match="there and not empty"):
        restore.restore(empty, kept.folder)
    assert ledger.find_ledgers(empty) == {}


def test_under_another_name_it_is_an_installation_of_its_own(kept, empty, slate_project):
    assert restore.restore(empty, kept.folder, "flourish_east") == ["core", "flourish_east"]
    other = slate_project.product("flourish").installed_as("flourish_east")
    assert ledger.read_state(empty, other).is_current
    assert empty.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'flourish'").fetchone() is None
    pinned = "SELECT array_to_string(proconfig, ';') FROM pg_proc WHERE pronamespace = 'flourish_east'::regnamespace"
    assert all("flourish_east, core" in row[0] for row in empty.execute(pinned) if row[0])
    # Its own roles reach it, and those of the first installation do not.
    reach = "SELECT has_schema_privilege(%s, 'flourish_east', 'USAGE')"
    assert empty.execute(reach, ["flourish_east_people"]).fetchone() == (True,)
    assert empty.execute(reach, ["flourish_people"]).fetchone() == (False,)
    # What runs in it finds its own tables.
    undone = runner.rollback(runner.Run(empty, other, "core"), steps=10**9)
    assert len(undone) == len(runner.apply(runner.Run(empty, other, "core")))


@pytest.mark.parametrize("there", [True, False])
def test_a_flat_folder_in_public_with_an_extension_moves_to_another_name(empty, empty_url, slate, tmp_path, there):
    if not empty.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone():
        pytest.skip("pg_trgm is not installed for this server")
    upgrade.create(empty, "public")
    empty.execute("CREATE EXTENSION pg_trgm; CREATE TABLE a (t text); INSERT INTO a VALUES ('one'), ('two')")
    empty.execute("CREATE INDEX a_t ON a USING gin (t gin_trgm_ops)")
    written = logical.back_up(empty, Product("db", tmp_path, tmp_path, "public"), None, tmp_path)
    assert proof.verify(written.folder) == []
    empty.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    if there:
        empty.execute("CREATE EXTENSION pg_trgm SCHEMA public")
    ran = slate("restore", written.folder, "--as", "moved", "--database", empty_url)
    assert ran.code == 0, ran.err
    assert [line for line in ran.err.splitlines() if "is not authenticated" not in line] == []
    assert empty.execute("SELECT count(*) FROM moved.a WHERE t LIKE '%on%'").fetchone() == (1,)


def test_an_empty_public_is_used_as_it_is(empty, tmp_path):
    upgrade.create(empty, "public")
    empty.execute("CREATE TABLE a AS SELECT 1 AS x; GRANT CREATE ON SCHEMA public TO pg_monitor")
    written = logical.back_up(empty, Product("db", tmp_path, tmp_path, "public"), None, tmp_path)
    assert proof.verify(written.folder) == []
    empty.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert restore.restore(empty, written.folder) == ["public"]
    assert empty.execute("SELECT x FROM public.a").fetchone() == (1,)


def test_roles_that_are_not_there_are_named_before_anything_is_written(kept, empty, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", kept.folder, copy], check=True)
    values = json.loads((copy / "manifest.json").read_text())
    values["roles"].append("nobody_we_know")
    (copy / "manifest.json").write_text(json.dumps(values))
    with pytest.raises(SlateError, match="nobody_we_know"):
        restore.restore(empty, copy)
    assert ledger.find_ledgers(empty) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda part: part["tables"].update({"students": [1, "0"]}), "table flourish.students: 1 rows in the manifest"),
        (lambda part: part["tables"]["students"].__setitem__(1, "1"), "not the same content"),
        (lambda part: part["tables"].update({"ghosts": [0, "0"]}), "table flourish.ghosts: missing"),
    ],
)
def test_verify_says_what_differs_and_leaves_with_3(kept, tmp_path, slate, change, said):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", kept.folder, copy], check=True)
    values = json.loads((copy / "manifest.json").read_text())
    change(next(p for p in values["parts"] if p["schema"] == "flourish"))
    (copy / "manifest.json").write_text(json.dumps(values))
    ran = slate("restore", "--verify", copy)
    assert ran.code == 3
    assert said in ran.out


def test_verify_sees_an_object_that_is_not_as_it_was(kept, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", kept.folder, copy], check=True)
    facts = catalog_file.load_catalog(copy / "catalog.json")
    facts.facts[Identity("table", "flourish", "students")]["row_security"] = False
    catalog_file.write_catalog(copy / "catalog.json", facts)
    values = json.loads((copy / "manifest.json").read_text())
    values["files"]["catalog.json"] = manifest.checksum(copy / "catalog.json")
    (copy / "manifest.json").write_text(json.dumps(values))
    assert proof.verify(copy) == ["table flourish.students: row_security: expected false, found true"]


def test_the_command_backs_up_what_is_installed_and_verifies_it(filled_url, tmp_path, slate):
    ran = slate("backup", "flourish", "--to", tmp_path, "--database", filled_url, "--json")
    assert ran.code == 0
    (done,) = json.loads(ran.out)["backups"]
    ran = slate("restore", "--verify", done["folder"])
    assert ran.code == 0
    assert f"equal, {done['tables']} tables with {done['rows']} rows" in ran.out


def test_nothing_of_a_backup_is_open_to_others(kept):
    assert kept.folder.stat().st_mode & 0o077 == 0


def test_a_table_that_changes_meanwhile_is_counted_in_the_dumps_own_snapshot(db_committed, tmp_path, monkeypatch):
    connection = db_committed.connection
    upgrade.create(connection, "busy")
    db_committed.execute("CREATE TABLE busy.notes AS SELECT g AS id FROM generate_series(1, 10) AS g")
    dump = logical.dump

    def dump_while_somebody_writes(*arguments):
        with connect(logical.client_url(connection)) as other:
            other.execute("INSERT INTO busy.notes VALUES (11)")
        dump(*arguments)

    monkeypatch.setattr(logical, "dump", dump_while_somebody_writes)
    product = db_committed.project.product("core").installed_as("busy")
    written = logical.back_up(connection, product, None, tmp_path)
    assert written.manifest.parts[0].tables["notes"][0] == 10
    assert proof.verify(written.folder) == []


def test_a_kill_during_a_backup_leaves_only_a_partial_folder_which_the_next_run_removes(
    filled, filled_url, slate_project, tmp_path
):
    code = (
        "import sys, time; from pathlib import Path; from slate_pg.backup import logical\n"
        "from slate_pg.config import find_project\n"
        "from slate_pg.postgres.connection import connect; dump = logical.dump\n"
        "def slow(*a):\n    dump(*a); print('dumped', flush=True); time.sleep(600)\n"
        "logical.dump = slow\n"
        "logical.back_up(connect(sys.argv[1]), find_project().product('core'), None, Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, filled_url, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"dumped\n"
    # While it works, another run leaves its folder alone.
    assert folders.sweep(tmp_path) == []
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".partial")
    with pytest.raises(Misuse, match="no complete backup"):
        proof.verify(left)
    while left.name.startswith(datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")):
        time.sleep(0.05)
    written = logical.back_up(filled, slate_project.product("core"), None, tmp_path)
    assert list(tmp_path.iterdir()) == [written.folder]
    assert proof.verify(written.folder) == []


def test_a_failed_dump_leaves_nothing(filled, slate_project, tmp_path, monkeypatch):
    monkeypatch.setattr(logical, "client_url", lambda _: "host=/nowhere dbname=x")
    with pytest.raises(SlateError, match="pg_dump of"):
        logical.back_up(filled, slate_project.product("core"), None, tmp_path)
    assert list(tmp_path.iterdir()) == []


# Retention


def days(count):
    start = datetime(2026, 3, 31, 2, 0, tzinfo=UTC)
    return [start - timedelta(days=n) for n in range(count)]


def test_thirty_days_twelve_weeks_and_twelve_months_are_kept():
    kept = retention.to_keep(days(800), 30, 12, 12)
    assert set(days(30)) <= kept
    assert {d.strftime("%Y-%m") for d in kept} == {d.strftime("%Y-%m") for d in days(360)}
    assert len({d.strftime("%G-%V") for d in kept}) >= 12
    assert len(kept) <= 30 + 12 + 12


def test_the_newest_of_each_period_is_the_one_that_is_kept():
    kept = retention.to_keep([*days(3), days(1)[0] - timedelta(hours=1)], 2, 0, 0)
    assert kept == set(days(2))


def test_the_last_backup_is_never_removed():
    assert retention.to_keep(days(5), 0, 0, 0) == {days(1)[0]}


def test_only_complete_backups_of_the_same_installation_are_removed(kept, tmp_path):
    old = []
    for number in range(3):
        folder = tmp_path / f"2020010{number + 1}T000000Z-flourish"
        subprocess.run(["cp", "-r", kept.folder, folder], check=True)
        old.append(folder)
    others = [
        tmp_path / "20200101T000000Z-spark", tmp_path / "20200101T000000Z-flourish_old.partial", tmp_path / "notes",
        tmp_path / "20200105T000000Z-flourish",
    ]  # fmt: skip
    for folder in others:
        folder.mkdir()
        (folder / "keep").write_text("mine")
    subprocess.run(["cp", kept.folder / "manifest.json", others[0] / "manifest.json"], check=True)
    values = json.loads((others[0] / "manifest.json").read_text())
    (others[0] / "manifest.json").write_text(json.dumps(values | {"schema": "spark"}))
    removed = retention.prune(tmp_path, kept.manifest, 1, 0, 0)
    assert removed == [old[1].name, old[0].name]
    assert sorted(tmp_path.iterdir()) == sorted([old[2], *others])


def test_the_command_removes_what_no_rule_keeps(kept, filled_url, tmp_path, slate):
    subprocess.run(["cp", "-r", kept.folder, tmp_path / "20200101T000000Z-flourish"], check=True)
    ran = slate("backup", "flourish", "--to", tmp_path, "--keep-daily", 1, "--database", filled_url)
    assert ran.code == 0
    assert "removed 20200101T000000Z-flourish" in ran.out
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_rule_nothing_is_removed(kept, filled_url, tmp_path, slate):
    subprocess.run(["cp", "-r", kept.folder, tmp_path / "20200101T000000Z-flourish"], check=True)
    assert slate("backup", "flourish", "--to", tmp_path, "--database", filled_url).code == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_a_backup_into_a_file_is_refused(slate, tmp_path, empty_url):
    (tmp_path / "file").write_text("")
    ran = slate("backup", "core", "--to", tmp_path / "file", "--database", empty_url)
    assert (ran.code, "Traceback" in ran.err) == (1, False)
