"""The scale seed: every slice alike, complete by itself, and what triggers and service would have made of it."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database

TABLES = (
    "users", "study_materials", "content_chunks", "generated_assets", "learning_sessions", "interactions",
    "progress_metrics", "user_feedback", "audit_logs", "interaction_keys", "progress_metric_keys", "audit_log_keys",
)  # fmt: skip


def load(db: Database, *slices: int) -> dict[str, int]:
    """Load slices; return rows per table."""
    for number in slices:
        db.execute("SELECT set_config('slate.slice', %s, true)", str(number))
        db.seed("learning", "scale")
    return {table: db.sees(table) for table in TABLES}


@pytest.fixture
def scale(learning: Database) -> Database:
    return learning


def test_a_slice_has_ten_to_twenty_thousand_rows_in_each_main_table(scale: Database) -> None:
    counts = load(scale, 3)
    for table in ("interactions", "user_feedback", "progress_metrics"):
        assert 10_000 <= counts[table] <= 20_000, table
    for table, keys in (("interactions", "interaction_keys"), ("progress_metrics", "progress_metric_keys")):
        assert counts[table] == counts[keys]
        assert scale.sees(f"{table}_default") == 0
    assert scale.sees("audit_logs_default") == 0
    # Only to here: nothing in the future, nothing on a weekend, nothing that retention would already take.
    assert scale.row("SELECT max(created_at) < now(), min(created_at) > now() - interval '1 year' FROM interactions") == (
        True, True,
    )  # fmt: skip
    assert scale.value("SELECT max(extract(isodow FROM started_at)) FROM learning_sessions") == 5


def test_a_slice_loaded_again_adds_nothing(scale: Database) -> None:
    counts = load(scale, 2)
    assert load(scale, 2) == counts


def test_the_next_slice_is_as_big_and_its_own(scale: Database) -> None:
    first = load(scale, 1)
    both = load(scale, 2)
    for table in TABLES:
        assert 0.98 < (both[table] - first[table]) / first[table] < 1.02, table
    across = "SELECT count(*) FROM learning_sessions AS s INNER JOIN study_materials AS m ON m.id = s.study_material_id"
    assert scale.value(f"{across} WHERE m.user_id <> s.user_id") == 0


def test_counts_and_metrics_are_what_trigger_and_service_make_of_the_interactions(scale: Database) -> None:
    load(scale, 5)
    wrong = "SELECT count(*) FROM learning_sessions AS s WHERE s.total_interactions <> "
    assert scale.value(f"{wrong} (SELECT count(*) FROM interactions AS i WHERE i.learning_session_id = s.id)") == 0
    columns = "learning_session_id, user_id, metric_type, metric_value, metric_data, recorded_at, subject_area"
    scale.execute(f"CREATE TEMP TABLE seeded AS SELECT {columns} FROM progress_metrics WHERE time_period IS NULL")
    scale.execute("DELETE FROM progress_metrics")
    scale.execute("SELECT record_session_metrics(id) FROM learning_sessions WHERE ended_at IS NOT NULL")
    recorded = f"SELECT {columns} FROM progress_metrics"
    for one, other in (("TABLE seeded", recorded), (recorded, "TABLE seeded")):
        assert scale.rows(f"{one} EXCEPT ALL {other}") == []


def test_a_slice_is_the_same_on_every_server(scale: Database) -> None:
    """Times aside, which follow the day of loading."""
    load(scale, 1)
    summary = """
        SELECT sum(hashtextextended(concat_ws('|',
            id, learning_session_id, generated_asset_id, interaction_type, interaction_data, is_correct,
            response_time_ms, confidence_level
        ), 0))::text FROM interactions
    """
    assert scale.value(summary) == "-473538365337200437395"
