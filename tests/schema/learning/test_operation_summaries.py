"""Search, the two summaries for long-term analytics, and the list of open labels."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    a_feedback,
    a_material,
    a_metric,
    a_session,
    a_user,
    an_asset,
    an_interaction,
    months,
)

WORDS = "to_tsvector('simple', title || ' ' || left(coalesce(description, ''), 200000))"


@pytest.fixture
def learner(learning: Database) -> dict[str, Any]:
    return a_user(learning)


def refresh(db: Database) -> None:
    for job in ("refresh_progress_by_period", "refresh_asset_quality"):
        db.job("learning", job)


@pytest.mark.parametrize("words", ["HEART", "valves", "eart", "cardio", "human heart"])
def test_a_material_is_found_by_word_part_and_tag(learning: Database, learner: dict[str, Any], words: str) -> None:
    found = a_material(learning, learner, description="Chambers and valves", tags=["cardio"])
    a_material(learning, learner, title="Photosynthesis")
    a_material(
        learning, learner, title="Heart, thrown away", description="valves", tags=["cardio"], deleted_at="2026-01-01"
    )
    a_material(learning, description="valves of another user", tags=["cardio"])
    result = learning.query("learning", "search_materials", owner_id=str(learner["id"]), words=words)
    assert [row["id"] for row in result] == [found["id"]]


def test_search_uses_its_indexes(learning: Database) -> None:
    plan = learning.plan(
        f"SELECT 1 FROM study_materials WHERE {WORDS} @@ plainto_tsquery('simple', 'heart')", prefer_index=True
    )
    assert "study_materials_words_idx" in plan.indexes
    plan = learning.plan("SELECT 1 FROM study_materials WHERE metadata @> '{\"a\": 1}'", prefer_index=True)
    assert "study_materials_metadata_idx" in plan.indexes
    plan = learning.plan("SELECT 1 FROM study_materials WHERE tags @> '{a}'", prefer_index=True)
    assert "idx_study_materials_tags" in plan.indexes


def test_parts_of_words_use_the_trigram_index_where_there_is_one(learning: Database) -> None:
    if learning.value("SELECT add_trigram_index()") != "present":
        pytest.skip("this server has no pg_trgm")
    plan = learning.plan("SELECT 1 FROM study_materials WHERE title ILIKE '%eart%'", prefer_index=True)
    assert "study_materials_letters_idx" in plan.indexes


def test_the_trigram_index_comes_back_when_asked_again(learning: Database) -> None:
    if learning.value("SELECT add_trigram_index()") != "present":
        pytest.skip("this server has no pg_trgm")
    learning.execute("DROP INDEX study_materials_letters_idx")
    assert [learning.value("SELECT add_trigram_index()") for _ in range(2)] == ["created", "present"]


def test_progress_is_summed_by_week_and_month_archived_months_included(
    learning: Database, learner: dict[str, Any]
) -> None:
    months(learning, "progress_metrics", "2019-02-10")
    for moment, value in (("2019-02-04", 0.2), ("2019-02-10 23:00+00", 0.4), ("2019-02-11", 0.9)):
        a_metric(learning, learner, recorded_at=moment, metric_value=value, subject_area="Biology")
    a_metric(learning, learner, recorded_at="2019-02-05", metric_value=99, time_period="monthly")
    a_metric(learning, learner, recorded_at="2019-02-05", metric_value=99, aggregation_type="completion")
    learning.execute("SELECT * FROM retire_months('progress_metrics', 'progress_metrics_archive', '2019-03-01')")
    refresh(learning)
    found = learning.rows(
        "SELECT time_period, to_char(period_start, 'YYYY-MM-DD'), measurements, round(average_value::numeric, 2) "
        "FROM progress_by_period ORDER BY 1, 2"
    )
    assert [(p, start, n, float(mean)) for p, start, n, mean in found] == [
        ("monthly", "2019-02-01", 3, 0.5),
        ("weekly", "2019-02-04", 2, 0.3),
        ("weekly", "2019-02-11", 1, 0.9),
    ]


def test_asset_quality_counts_use_and_opinion_archived_months_included(
    learning: Database, learner: dict[str, Any]
) -> None:
    material = a_material(learning, learner)
    asset, unused = an_asset(learning, material), an_asset(learning, material)
    session = a_session(learning, learner, material)
    months(learning, "interactions", "2019-02-10")
    over = {"generated_asset_id": asset["id"]}
    an_interaction(learning, session, created_at="2019-02-10", is_correct=True, response_time_ms=1000, **over)
    learning.execute("SELECT * FROM retire_months('interactions', 'interactions_archive', '2019-03-01')")
    an_interaction(learning, session, is_correct=False, response_time_ms=2000, **over)
    an_interaction(learning, session, interaction_type="view", **over)
    a_feedback(learning, learner, rating=4, **over)
    a_feedback(learning, learner, feedback_type="report", **over)
    refresh(learning)
    found = learning.rows(
        "SELECT generated_asset_id, interactions, answers, share_correct::float, mean_response_ms::int, ratings, "
        "mean_rating::int, reports FROM asset_quality ORDER BY interactions DESC"
    )
    assert found == [(asset["id"], 3, 2, 0.5, 1500, 1, 4, 1), (unused["id"], 0, 0, None, None, 0, None, 0)]


@pytest.mark.parametrize("view", ["progress_by_period", "asset_quality"])
def test_a_summary_shows_a_user_the_own_share_only(learning: Database, learner: dict[str, Any], view: str) -> None:
    owners = (learner, a_user(learning))
    for owner in owners:
        a_metric(learning, owner)
        an_asset(learning, a_material(learning, owner))
    refresh(learning)
    for owner in owners:
        with learning.as_user(owner["id"]):
            assert learning.rows(f"SELECT DISTINCT user_id FROM my_{view}") == [(owner["id"],)]
            learning.denied(f"SELECT 1 FROM {view}")
    with learning.as_role("learning_people"):
        assert learning.sees(f"my_{view}") == 0
    with learning.as_role("learning_reader"):
        assert learning.value(f"SELECT count(DISTINCT user_id) FROM {view}") == 2


def test_readers_go_on_while_a_summary_is_refreshed(db_committed: Database) -> None:
    db_committed.use("learning")
    a_metric(db_committed)
    with db_committed.sessions(2) as (job, reader):
        job.use("learning"), reader.use("learning")
        job.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY progress_by_period")
        reader.execute("SET lock_timeout = '1s'")
        assert reader.value("SELECT count(*) FROM progress_by_period") == 0
        job.commit()
        reader.commit()
        assert reader.value("SELECT count(*) FROM progress_by_period") == 2
        reader.rollback()


def test_an_unlisted_label_is_reported_and_accepted(learning: Database) -> None:
    learning.seed("learning", "reference")
    a_material(learning, status="ready")
    a_material(learning, status="redy")
    assert [row["label"] for row in learning.query("learning", "unlisted_labels")] == ["redy"]


def test_one_users_greatest_values_stop_no_summary(learning: Database, learner: dict[str, Any]) -> None:
    with learning.throws("23514", constraint="progress_metrics_metric_value_check"):
        a_metric(learning, learner, metric_value=1e308)
    for _ in range(3):
        a_metric(learning, learner, metric_value=1e15)
    refresh(learning)
    assert learning.rows("SELECT DISTINCT average_value FROM progress_by_period") == [(1e15,)]
