"""A migration that stopped half way and whose file is gone is named by every command, with the way out."""

from __future__ import annotations

import pytest

from slate_pg.errors import MigrationFailed
from tests.workshop import Workshop


def half_done(shop: Workshop) -> None:
    """Apply one migration, stop the next half way, and take its file away."""
    shop.write("0001_a", "CREATE TABLE a ();", "DROP TABLE a;")
    shop.write("0002_b", "-- transactional: false\nCREATE TABLE b ();\nSELECT 1 / 0;\n", "DROP TABLE b;")
    with pytest.raises(MigrationFailed):
        shop.apply()
    for file in shop.folder.glob("0002_b*"):
        file.unlink()
    for kind, file, head in (("seeds", "reference", ""), ("jobs", "prune", "-- schedule: 0 3 * * *\n-- why: test\n")):
        path = shop.root / "sql" / "shop" / kind / f"{file}.sql"
        path.parent.mkdir(parents=True)
        path.write_text(f"{head}CREATE TABLE shop.{kind} ();\n")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("status",), 3), (("apply",), 1), (("apply", "--dry-run"), 1), (("plan",), 1), (("rollback", "shop"), 1),
        (("rollback", "shop", "--dry-run"), 1), (("drift",), 3), (("seed", "shop"), 1), (("adopt", "shop"), 1),
        (("adopt", "shop", "--repair", "--yes"), 1), (("backup", "shop", "--to", "{}"), 0),
        (("jobs", "run", "shop"), 1), (("jobs", "list"), 0),
    ],
)  # fmt: skip
def test_a_half_done_migration_without_its_file_is_named_with_the_way_out(
    shop: Workshop, command: tuple[str, ...], code: int
) -> None:
    half_done(shop)
    ran = shop.slate(*(part.format(shop.root / "backups") for part in command))
    said = ran.stdout + ran.stderr
    assert ran.returncode == code, ran
    assert (
        "0002_b stopped half way, and its file is gone" in said or "apply of 0002_b stopped after statement 1" in said
    )
    assert "slate rollback shop --forget 0002_b" in said
    assert "up to date" not in said


def test_a_plan_goes_on_where_an_apply_does(shop: Workshop) -> None:
    shop.write(
        "0001_a", "-- transactional: false\nCREATE TABLE a ();\nSELECT 1 / 0;\nCREATE TABLE c ();", "DROP TABLE a;"
    )
    with pytest.raises(MigrationFailed):
        shop.apply()
    shop.write("0001_a", "-- transactional: false\nCREATE TABLE a ();\nCREATE TABLE b ();\nCREATE TABLE c ();")
    ran = shop.slate("plan")
    assert ran.returncode == 0, ran
    assert "CREATE TABLE b" in ran.stdout
    assert "CREATE TABLE a" not in ran.stdout, "it is there already"


def test_what_is_given_up_leaves_a_ledger_that_is_whole(shop: Workshop) -> None:
    half_done(shop)
    assert shop.slate("rollback", "shop", "--forget", "0002_b").returncode == 0
    assert shop.slate("status").returncode == 0
