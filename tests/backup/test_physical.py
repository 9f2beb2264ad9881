"""The whole cluster: a base backup starts, an incremental one too, and neither does with a byte changed."""

import pytest

from slate_pg.backup import physical, retention
from slate_pg.errors import Misuse, SlateError
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import FAST, disposable


@pytest.fixture(scope="module")
def cluster():
    major = find_binaries().major
    settings = (*FAST, "summarize_wal=on") if major >= 17 else FAST
    with disposable(settings=settings) as server, connect(server.url()) as connection:
        connection.execute("CREATE TABLE notes AS SELECT g AS id FROM generate_series(1, 1000) AS g")
        yield connection


@pytest.fixture(scope="module")
def full(cluster, tmp_path_factory):
    return physical.back_up_cluster(cluster, tmp_path_factory.mktemp("physical"))


def test_a_server_starts_on_a_base_backup(full):
    assert full.manifest.kind == "physical"
    assert physical.verify_cluster(full.folder) == []


def test_a_base_backup_becomes_a_data_directory_and_never_overwrites_one(full, tmp_path):
    physical.restore_cluster(full.folder, tmp_path / "data")
    assert (tmp_path / "data" / "PG_VERSION").exists()
    with pytest.raises(Misuse, match="is not empty"):
        physical.restore_cluster(full.folder, tmp_path / "data")


def test_a_flipped_byte_in_a_base_backup_is_refused_by_name(cluster, tmp_path):
    written = physical.back_up_cluster(cluster, tmp_path)
    victim = written.folder / "data" / "global" / "pg_control"
    raw = bytearray(victim.read_bytes())
    raw[100] ^= 1
    victim.write_bytes(raw)
    with pytest.raises(SlateError, match="data/global/pg_control was changed"):
        physical.verify_cluster(written.folder)


def test_an_incremental_backup_is_small_and_starts_with_its_base(cluster, full):
    to = full.folder.parent
    if full.manifest.major < 17:
        with pytest.raises(Misuse, match="has no incremental backups"):
            physical.back_up_cluster(cluster, to, full.folder)
        return
    cluster.execute("INSERT INTO notes VALUES (1001)")
    written = physical.back_up_cluster(cluster, to, full.folder / "data" / "backup_manifest")
    assert written.manifest.based_on == full.folder.name
    assert written.size < full.size * 0.75  # 16 MiB of it is WAL
    clients = find_binaries().client_major
    lacking = f"pg_combinebackup is of PostgreSQL {clients}, the backup of {full.manifest.major}"
    assert physical.verify_cluster(written.folder) == ([] if clients == full.manifest.major else [lacking])
    # Retention keeps what a kept backup is based on.
    assert retention.prune(to, written.manifest, 1, 0, 0) == []
    assert full.folder.is_dir()


def test_the_settings_for_archiving_name_the_servers_own_directory(cluster, slate):
    url = f"postgresql://postgres@/postgres?host={cluster.info.host}"
    ran = slate("backup", "--wal-settings", "--database", url)
    assert ran.code == 0
    data = cluster.execute("SHOW data_directory").fetchone()[0]
    assert f"pg1-path={data}" in ran.out
    assert "archive_command = " in ran.out
    assert "repo1-retention-diff=30" in ran.out


def test_what_the_settings_of_a_backup_name_is_not_run_when_it_is_verified(cluster, tmp_path):
    """Libraries and commands in them would run with the rights of whoever verifies."""
    cluster.execute("ALTER SYSTEM SET shared_preload_libraries = 'a_library_of_the_writer'")
    try:
        written = physical.back_up_cluster(cluster, tmp_path)
    finally:
        cluster.execute("ALTER SYSTEM RESET shared_preload_libraries")
    assert "a_library_of_the_writer" in (written.folder / "data" / "postgresql.auto.conf").read_text()
    assert physical.verify_cluster(written.folder) == []
