"""Backs a whole cluster up with pg_basebackup, full or incremental, proves it and turns it into a data directory.

Also writes down the settings for archiving WAL and the pgBackRest configuration that follows the same rules.
"""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from slate_pg import __version__
from slate_pg.backup import folders, manifest
from slate_pg.backup.logical import Written, binaries_for, identify
from slate_pg.backup.manifest import Manifest
from slate_pg.errors import Misuse, ServerError, SlateError
from slate_pg.postgres.binaries import Binaries, run_client
from slate_pg.postgres.connection import Connection, client_url, connect
from slate_pg.postgres.server import Server, disposable_server

CLUSTER = "cluster"
DATA = "data"
INCREMENTAL_SINCE = 17
EVENT_TRIGGERS_AT_LOGIN = 17


def back_up_cluster(connection: Connection, to: Path, base: Path | None = None, key: bytes | None = None) -> Written:
    """Write the cluster with the WAL it needs into a new folder under `to`. Writes files only.

    `base` is an earlier backup beside it, by folder or by one of its manifests: then only what changed since is
    written, which needs PostgreSQL 17 and summarize_wal. ServerError when pg_basebackup fails.
    """
    major = connection.info.server_version // 10000
    binaries = binaries_for(major)
    arguments = ["--format=plain", "--wal-method=stream", "--checkpoint=fast", "--no-password"]
    based_on = ""
    if base is not None:
        based_on, listed = _find_base(to, base, major)
        arguments.append(f"--incremental={listed}")
    described = Manifest(
        kind="physical", schema=CLUSTER, product="", database="", system=identify(connection),
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"), slate=__version__,
        server_version=connection.info.server_version, tool=f"pg_basebackup {binaries.client_major}", based_on=based_on,
    )  # fmt: skip
    with folders.writing(to, CLUSTER) as folder:
        arguments += [f"--pgdata={folder / DATA}", f"--dbname={client_url(connection)}"]
        _run(binaries, "pg_basebackup", *arguments, password=connection.info.password)
        manifest.finish(folder, described, key)
    final = folder.with_name(folder.name.removesuffix(folders.PARTIAL))
    return Written(final, manifest.read(final), sum(p.stat().st_size for p in final.rglob("*") if p.is_file()))


def _find_base(to: Path, base: Path, major: int) -> tuple[str, Path]:
    """Return the name of the base backup and the path of PostgreSQL's own manifest in it. Misuse when unfit."""
    if major < INCREMENTAL_SINCE:
        raise Misuse(
            f"PostgreSQL {major} has no incremental backups",
            hint=f"They came with {INCREMENTAL_SINCE}; take a full one, or use pgBackRest (--wal-settings).",
        )
    folder = next((p for p in (base, *base.parents) if (p / manifest.MANIFEST).is_file()), base)
    if manifest.read(folder).kind != "physical" or folder.resolve().parent != to.resolve():
        raise Misuse(f"{base} is no physical backup in {to}", hint="An incremental backup lies beside its base.")
    return folder.name, folder / DATA / "backup_manifest"


def _run(binaries: Binaries, program: str, *arguments: str, password: str | None = None) -> None:
    ran = run_client(binaries, program, *arguments, password=password)
    if ran.returncode != 0:
        said = [line for line in ran.stderr.splitlines() if line.strip()] or ["no message"]
        hint = "Incremental backups need summarize_wal = on." if "summar" in ran.stderr else ""
        raise ServerError(
            f"{program} failed: {said[-1]}", detail=said[:-1][-3:],
            hint=hint or "A backup needs a role with REPLICATION and a free WAL sender.",
        )  # fmt: skip


def chain(folder: Path, key: bytes | None = None) -> list[Path]:
    """Return the backups that make up this one, the full one first. SlateError for a damaged one. Reads only."""
    found = [folder]
    while based_on := manifest.check(found[0], key).based_on:
        if based_on in [each.name for each in found]:
            raise SlateError(f"{folder.name} is based on itself", hint="Use another backup.")
        found.insert(0, folder.parent / based_on)
        if not found[0].is_dir():
            raise SlateError(f"{found[1].name} is based on {based_on}, which is gone", hint="Use a full backup.")
    return found


def restore_cluster(folder: Path, data: Path, key: bytes | None = None) -> None:
    """Make a data directory of a physical backup and the ones it is based on; nothing is started. Writes.

    Misuse when `data` is there already; SlateError when a file of any of them was changed.
    """
    if data.exists() and any(data.iterdir()):
        raise Misuse(f"{data} is not empty", hint="A data directory is made, never overwritten.")
    parts = chain(folder, key)
    major = manifest.read(folder).major
    binaries = binaries_for(major)
    same = binaries.client_major == major
    if len(parts) > 1:
        if not same:
            raise ServerError(
                f"pg_combinebackup is of PostgreSQL {binaries.client_major}, the backup of {major}",
                hint=f"Set PG_CLIENT_BIN to the programs of PostgreSQL {major}: each combines its own only.",
            )
        _run(binaries, "pg_combinebackup", "--output", str(data), *(str(p / DATA) for p in parts))
    else:
        shutil.copytree(folder / DATA, data, dirs_exist_ok=True)
        os.chmod(data, 0o700)
    if same:  # another version's cannot read pg_control or WAL; `chain` held every file to our manifest's checksums
        _run(binaries, "pg_verifybackup", "--quiet", str(data))


def verify_cluster(folder: Path, key: bytes | None = None) -> list[str]:
    """Restore a physical backup into a throw-away folder, start a server on it; return what is wrong, nothing if well.

    SlateError when a file was changed or pg_verifybackup refuses it.
    """
    described = manifest.check(folder, key)
    with disposable_server(binaries_for(described.major)) as server:
        try:
            server.home.mkdir(mode=0o700)
            restore_cluster(folder, server.data, key)
            _make_ours(server)
            hba = f"hba_file={server.home}/hba"
            quiet = ("event_triggers=off",) if described.major >= EVENT_TRIGGERS_AT_LOGIN else ()
            server.start((hba, "port=5432", "archive_mode=off", "fsync=off", "hot_standby=off", *quiet))
            found = _answer(server)
            return [] if found == described.system else [f"cluster {found} started, not {described.system}"]
        except ServerError as error:
            return [error.message, *error.detail]


def _answer(server: Server, seconds: float = 600) -> str:
    """Return the system identifier when recovery is over and the server takes connections. ServerError when not."""
    end = time.monotonic() + seconds
    while True:
        try:
            with connect(server.url()) as connection:
                return identify(connection)
        except ServerError:
            if time.monotonic() > end or not server.is_running:
                raise
            time.sleep(0.1)


def _make_ours(server: Server) -> None:
    """Give the copy to the server's user, with our settings: the backup's may name programs to run."""
    (server.home / "hba").write_text("local all all trust\n")
    for name in ("postgresql.conf", "postgresql.auto.conf", "pg_ident.conf"):
        (server.data / name).write_text("")
    if os.geteuid() == 0:
        for path in (server.home, *server.home.rglob("*")):
            os.chown(path, server.account.uid, server.account.gid, follow_symlinks=False)


def wal_settings(data_directory: str, port: int) -> str:
    """Return settings for archiving WAL and a pgBackRest configuration: 30 daily, 12 weekly, 12 monthly. Pure."""
    return _WAL_SETTINGS.format(data=data_directory or "/path/to/data", port=port)


_WAL_SETTINGS = """\
# postgresql.conf: every WAL file is kept outside, so that any moment can be restored, not only a backup's
wal_level = replica
archive_mode = on                      # needs a restart
archive_command = 'pgbackrest --stanza=slate archive-push %p'
archive_timeout = 60                   # s; at most this much is lost with the machine
summarize_wal = on                     # 17 and later: for slate backup --physical --incremental-from
# without pgBackRest:
# archive_command = 'test ! -f /archive/%f && cp %p /archive/%f.partial && mv /archive/%f.partial /archive/%f'
# restore_command = 'cp /archive/%f %p'

# /etc/pgbackrest/pgbackrest.conf: repo1 keeps 12 weekly full backups and 30 daily ones, repo2 12 monthly ones
[global]
repo1-path=/var/lib/pgbackrest
repo1-retention-full=12
repo1-retention-diff=30
repo2-path=/var/lib/pgbackrest-monthly
repo2-retention-full=12
start-fast=y
compress-type=zst

[slate]
pg1-path={data}
pg1-port={port}

# crontab of the server's user
0 2 * * 0    pgbackrest --stanza=slate --repo=1 --type=full backup
0 2 * * 1-6  pgbackrest --stanza=slate --repo=1 --type=diff backup
0 4 1 * *    pgbackrest --stanza=slate --repo=2 --type=full backup
"""
