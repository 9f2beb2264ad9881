"""Every single change of the drift tests is drafted, and taken back by the draft's other half: proven on one database."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from slate_pg.catalog import reader
from slate_pg.checks import replay
from slate_pg.config import Project
from slate_pg.draft import rows
from slate_pg.draft.reaching import Ground, NotReached, reach
from slate_pg.draft.side import read_side
from slate_pg.migrations import runner
from slate_pg.postgres.server import disposable
from tests.school import read_mutations

# What no statement gives, and has to be refused by name: the catalog itself was written to, or a secret is not read.
REFUSED = {
    "index school.students_notes_idx: valid", "language plpgsql: trusted",
    "user mapping for school_reader on far: options",
}  # fmt: skip
# The extension has no script for a lower version; what a user mapping holds is not read.
NO_WAY_BACK = ("extension hstore: version", "user mapping for school_reader on far")
# Which months there are is no difference, so nothing leads to one more or one less.
OF_A_MONTH = {"table school.visits_2026_03: row_security"}


@pytest.fixture(scope="module")
def ground(school: Project) -> Iterator[Ground]:
    """A server of its own, for the school's roles are the cluster's, and others have them elsewhere."""
    with disposable() as server, replay.new_database(server, "draft_school", school) as connection:
        connection.execute("CREATE ROLE school_superuser SUPERUSER")
        run = runner.Run(connection, school.product("school"), None)
        runner.apply(run)
        path = ("school", "pg_temp")
        rows.fill(connection, ["school"], path)
        with reader.reading_connection(server.url("draft_school")) as watch:
            yield Ground(connection, watch, ("school",), path, "postgres", "; ".join(run.opening))


def test_a_draft_leads_to_every_single_change_and_its_rollback_back(ground: Ground) -> None:
    major = ground.connection.info.server_version // 10000
    old, bad, refused = ground.read(), list[str](), set[str]()
    for mutation in read_mutations():
        name = f"{mutation.object}: {mutation.attribute}" if mutation.attribute else mutation.object
        if major < mutation.major or not mutation.told_by_drift or name in (*OF_A_MONTH, *NO_WAY_BACK):
            continue
        ground.connection.execute(f"BEGIN; {ground.opening}; SET LOCAL search_path = school, public, pg_temp")
        try:
            ground.connection.execute(mutation.sql)
            new = read_side(ground.connection, ground.schemas, ground.path, "postgres")
        except psycopg.IntegrityError:  # the rows are in the way of it
            continue
        finally:
            ground.connection.execute("ROLLBACK")
        try:
            there = reach(ground, new, losing=True, start=old)
            back = reach(ground, old, losing=True, start=new if there.steps else None)
            assert there.steps or back.steps or mutation.object.startswith("constraint teachers_name_not_null"), name
        except NotReached as error:
            if name in REFUSED:
                refused.add(name)
            else:
                bad.append(f"{mutation}: {error.message} {error.detail[:3]}")
            reach(ground, old, losing=True)
    assert bad == []
    assert refused == REFUSED
    ground.connection.execute("DROP USER MAPPING FOR school_reader SERVER far")
    with pytest.raises(NotReached) as untold:
        reach(ground, old, losing=True)
    assert any("user mapping for school_reader on far: missing" in line for line in untold.value.detail)
    ground.connection.execute("ALTER EXTENSION hstore UPDATE TO '1.8'")
    with pytest.raises(NotReached, match="no update path"):
        reach(ground, old, losing=True)
