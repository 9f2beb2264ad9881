"""Topics, interests, the cache, requests on their way, progress and the counts that follow from it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import a_feedback, a_request, a_student, a_topic, a_video, an_interest

# Letter by letter, hence the long lines.
DOCUMENT_TOPICS = """INSERT INTO topics VALUES
('topic_phys', NULL, 'physics', 0, 'Physics', 'High School Physics', 'physics', 9, 12, 1, true, '{}', NOW(), NOW()),
('topic_phys_mechanics', 'topic_phys', 'physics.mechanics', 1, 'Mechanics', 'Classical mechanics', 'physics', 9, 12, 1, true, '{}', NOW(), NOW()),
('topic_phys_newton_laws', 'topic_phys_mechanics', 'physics.mechanics.newtons_laws', 2, 'Newton''s Laws', 'Three laws of motion', 'physics', 9, 10, 1, true, '{}', NOW(), NOW()),
('topic_phys_newton_3', 'topic_phys_newton_laws', 'physics.mechanics.newtons_laws.third_law', 3, 'Newton''s Third Law', 'Action and reaction forces', 'physics', 9, 10, 3, true, '{"difficulty": "medium"}', NOW(), NOW())"""
DOCUMENT_INTERESTS = """INSERT INTO interests VALUES
('int_basketball', 'Basketball', 'Learn through basketball analogies', 'sports', NULL, true, 1, '{}', NOW(), NOW()),
('int_music_production', 'Music Production', 'Learn through music and audio', 'arts', NULL, true, 2, '{}', NOW(), NOW()),
('int_video_games', 'Video Games', 'Learn through gaming concepts', 'technology', NULL, true, 3, '{}', NOW(), NOW())"""
PIPELINE = [
    "nlu_processing", "needs_clarification", "cache_check", "generating_script", "generating_audio", "generating_video",
    "fast_path_ready", "completed", "failed",
]  # fmt: skip


@pytest.fixture
def tree(vividly: Database) -> Database:
    """The document's four topics."""
    vividly.execute(DOCUMENT_TOPICS)
    return vividly


def paths(db: Database) -> dict[str, str]:
    return dict(db.rows("SELECT id, path FROM topics"))


# Ids


def test_an_id_is_the_prefix_and_64_random_bits_without_a_constant_digit(vividly: Database) -> None:
    ids = [i for (i,) in vividly.rows("SELECT generate_id('user') FROM generate_series(1, 400)")]
    assert all(re.fullmatch(r"user_[0-9a-f]{16}", i) for i in ids)
    assert len(set(ids)) == 400
    digits = [{i[5 + place] for i in ids} for place in range(16)]
    assert all(len(seen) == 16 for seen in digits), [len(seen) for seen in digits]


def test_an_id_of_no_prefix_is_null(vividly: Database) -> None:
    assert vividly.value("SELECT generate_id(NULL)") is None


def test_ids_come_with_pgcrypto_as_well_wherever_it_lives(vividly: Database) -> None:
    if not vividly.rows("SELECT 1 FROM pg_available_extensions WHERE name = 'pgcrypto'"):
        pytest.skip("this server does not offer pgcrypto; without it is tested above")
    vividly.execute("CREATE SCHEMA elsewhere")
    vividly.execute("CREATE EXTENSION pgcrypto SCHEMA elsewhere")
    assert re.fullmatch(r"req_[0-9a-f]{16}", vividly.value("SELECT generate_id('req')"))


def test_people_and_the_service_make_ids(vividly: Database) -> None:
    for role in ("vividly_people", "vividly_service"):
        with vividly.as_role(role):
            assert vividly.value("SELECT generate_id('feedback')").startswith("feedback_")


# Topics and interests


def test_the_documents_sample_topics_and_interests_load_as_printed(tree: Database) -> None:
    tree.execute(DOCUMENT_INTERESTS)
    assert tree.rows("SELECT depth FROM topics ORDER BY path") == [(0,), (1,), (2,), (3,)]
    assert tree.rows("SELECT name FROM interest_categories ORDER BY name") == [("arts",), ("sports",), ("technology",)]
    assert tree.rows("SELECT name FROM topic_subjects") == [("physics",)]


def test_a_topic_without_description_is_found(vividly: Database) -> None:
    a_topic(vividly, "bonds", title="Chemical Bonding", description=None)
    assert [r["id"] for r in vividly.query("vividly", "topic_search", words="bonds")] == ["bonds"]
    # The printed expression has no words for it at all.
    assert vividly.value("SELECT to_tsvector('english', title || ' ' || description) IS NULL FROM topics")


def test_topic_search_uses_the_documented_index(tree: Database) -> None:
    plan = tree.plan(
        """SELECT id FROM topics WHERE to_tsvector('english', title || ' ' || coalesce(description, ''))
        @@ to_tsquery('english', 'reaction')""",
        prefer_index=True,
    )
    assert plan.indexes == {"idx_topics_search"}
    assert [r["id"] for r in tree.query("vividly", "topic_search", words="reaction")] == ["topic_phys_newton_3"]


def test_a_branch_is_found_by_its_path_with_one_index(tree: Database) -> None:
    branch = tree.query("vividly", "topic_branch", path="physics.mechanics")
    assert [r["depth"] for r in branch] == [1, 2, 3]
    plan = tree.plan(
        "SELECT id FROM topics WHERE path ~>=~ 'physics.mechanics.' AND path ~<~ 'physics.mechanics/'",
        prefer_index=True,
    )
    assert plan.indexes == {"topics_path_key"}


def test_the_documented_path_index_takes_a_path_for_one_word(tree: Database) -> None:
    found = "SELECT id FROM topics WHERE to_tsvector('english', path) @@ to_tsquery('english', %s)"
    assert tree.rows(found, "mechanics") == []
    assert tree.rows(found, "physics") == [("topic_phys",)]


def test_an_underscore_in_a_path_is_no_wildcard(vividly: Database) -> None:
    a_topic(vividly, "a", path="x_y")
    a_topic(vividly, "b", path="x_y.inside")
    a_topic(vividly, "c", path="xzy.outside")
    assert vividly.rows("SELECT id FROM topics_under('x_y')") == [("a",), ("b",)]
    assert vividly.rows("SELECT count(*) FROM topics WHERE path LIKE 'x_y.%%'") == [(2,)]


def test_a_branch_moves_as_a_whole(tree: Database) -> None:
    a_topic(tree, "topic_new", path="science")
    tree.execute("UPDATE topics SET parent_id = 'topic_new' WHERE id = 'topic_phys_mechanics'")
    assert paths(tree)["topic_phys_newton_3"] == "science.mechanics.newtons_laws.third_law"
    tree.execute("UPDATE topics SET path = 'nature' WHERE id = 'topic_new'")
    assert paths(tree)["topic_phys_newton_laws"] == "nature.mechanics.newtons_laws"
    tree.execute("UPDATE topics SET parent_id = NULL, path = 'mechanics' WHERE id = 'topic_phys_mechanics'")
    assert tree.rows("SELECT path, depth FROM topics_under('mechanics')") == [
        ("mechanics", 0), ("mechanics.newtons_laws", 1), ("mechanics.newtons_laws.third_law", 2),
    ]  # fmt: skip


def test_a_topic_moves_and_gets_another_label_in_one_statement(tree: Database) -> None:
    a_topic(tree, "topic_new", path="science")
    move = "UPDATE topics SET parent_id = 'topic_new', path = 'science.motion' WHERE id = 'topic_phys_mechanics'"
    tree.execute(move)
    assert paths(tree)["topic_phys_mechanics"] == "science.motion"
    assert paths(tree)["topic_phys_newton_3"] == "science.motion.newtons_laws.third_law"


@pytest.mark.parametrize("child", ["topic_phys", "topic_phys_newton_3"], ids=["itself", "its_own_branch"])
def test_a_topic_does_not_hang_under(tree: Database, child: str) -> None:
    with tree.throws("23514", "topics_form_a_tree_check"):
        tree.execute("UPDATE topics SET parent_id = %s WHERE id = 'topic_phys'", child)


@pytest.mark.parametrize("path", ["optics", "physics", "physics.a.b", "math.waves"])
def test_a_path_extends_the_parents_by_one_label(tree: Database, path: str) -> None:
    with tree.throws("23514", "topics_path_extends_parent_check"):
        a_topic(tree, parent_id="topic_phys", path=path)


def test_depth_follows_the_parent_where_there_is_no_path(tree: Database) -> None:
    assert tree.insert("topics", id="t", parent_id="topic_phys", title="T", subject="physics", depth=7)["depth"] == 1


@pytest.mark.parametrize(
    ("over", "constraint"),
    [
        ({"path": "a..b"}, "topics_path_check"),
        ({"path": ".a"}, "topics_path_check"),
        ({"path": "a b"}, "topics_path_check"),
        ({"grade_level_min": 11, "grade_level_max": 9}, "topics_grade_levels_check"),
        ({"grade_level_max": 99}, "topics_grade_levels_check"),
        ({"metadata": "[]"}, "topics_metadata_check"),
    ],
)
def test_a_malformed_topic_is_refused(vividly: Database, over: dict[str, Any], constraint: str) -> None:
    with vividly.throws("23514", constraint):
        a_topic(vividly, **over)


def test_two_topics_do_not_share_a_path(tree: Database) -> None:
    with tree.throws("23505", "topics_path_key"):
        a_topic(tree, path="physics")


def test_a_topic_with_children_or_content_is_not_deleted(tree: Database) -> None:
    with tree.throws(("23001", "23503"), "topics_parent_id_fkey"):
        tree.execute("DELETE FROM topics WHERE id = 'topic_phys'")
    a_video(tree, "topic_phys_newton_3")
    with tree.throws(("23001", "23503"), "generated_content_topic_id_fkey"):
        tree.execute("DELETE FROM topics WHERE id = 'topic_phys_newton_3'")


# Ranks


def test_two_ranks_are_swapped_in_one_statement(world: Database) -> None:
    an_interest(world, "int_b")
    for interest, rank in (("int_a", 1), ("int_b", 2)):
        world.insert("student_interests", student_id="ann", interest_id=interest, rank=rank)
    with world.as_user("ann"):
        world.execute("UPDATE student_interests SET rank = 3 - rank WHERE student_id = 'ann'")
    assert world.rows("SELECT interest_id FROM student_interests ORDER BY rank") == [("int_b",), ("int_a",)]
    with world.throws("23505", "student_interests_student_id_rank_key"):
        world.execute("UPDATE student_interests SET rank = 1")


@pytest.mark.parametrize("rank", [0, 11, -1])
def test_a_rank_is_one_to_ten(world: Database, rank: int) -> None:
    with world.throws("23514", "student_interests_rank_check"):
        world.insert("student_interests", student_id="ann", interest_id="int_a", rank=rank)


def test_upserting_an_interest_goes_by_interest_not_by_rank(world: Database) -> None:
    upsert = """INSERT INTO student_interests (student_id, interest_id, rank) VALUES ('ann', 'int_a', %s)
        ON CONFLICT ({}) DO UPDATE SET rank = excluded.rank"""
    world.execute(upsert.format("student_id, interest_id"), 1)
    world.execute(upsert.format("student_id, interest_id"), 4)
    assert world.value("SELECT rank FROM student_interests") == 4
    with world.throws("55000"):
        world.execute(upsert.format("student_id, rank"), 4)


# The cache


def test_the_cache_key_is_derived_whatever_is_written(world: Database) -> None:
    wanted = hashlib.sha256(b"topic_a|int_a|visual").hexdigest()
    a_video(world, "topic_a", "int_a", key="v", style="visual", cache_key="junk")
    key = "SELECT cache_key FROM generated_content WHERE id = 'v'"
    assert world.value(key) == wanted
    world.execute("UPDATE generated_content SET cache_key = 'junk' WHERE id = 'v'")
    assert world.value(key) == wanted
    world.execute("UPDATE generated_content SET style = 'story' WHERE id = 'v'")
    assert world.value(key) == world.value("SELECT content_cache_key('topic_a', 'int_a', 'story')") != wanted


def test_the_two_types_of_one_triple_stand_side_by_side_and_each_only_once(world: Database) -> None:
    a_video(world, "topic_a", "int_a", content_type="vivid_now")
    assert world.row("SELECT count(*), count(DISTINCT cache_key) FROM generated_content") == (2, 2)
    for content_type in ("vivid_now", "vivid_learning"):
        with world.throws("23505"):
            a_video(world, "topic_a", "int_a", content_type=content_type)


def test_a_separator_inside_an_id_is_refused(world: Database) -> None:
    an_interest(world, "int|x")
    with world.throws("23514", "generated_content_no_separator_check"):
        a_video(world, "topic_a", "int|x")


def test_the_cache_is_looked_up_by_key_or_by_triple_with_an_index(world: Database) -> None:
    plan = world.plan("SELECT id FROM generated_content WHERE cache_key = 'x'", prefer_index=True)
    assert plan.indexes == {"idx_generated_content_cache_key"}
    found = world.query("vividly", "cache_lookup", topic_id="topic_a", interest_id="int_a")
    assert [r["id"] for r in found] == ["content_a"]


@pytest.mark.parametrize("content_type", ["vivid_now", "vivid_learning"])
def test_a_video_is_upserted_by_the_documented_unique_column(world: Database, content_type: str) -> None:
    upsert = """INSERT INTO generated_content (id, topic_id, interest_id, content_type, cache_key, video_url)
        VALUES (%s, 'topic_a', 'int_a', %s, 'x', %s)
        ON CONFLICT (cache_key) DO UPDATE SET video_url = EXCLUDED.video_url RETURNING id"""
    with world.as_role("vividly_service"):
        first = world.value(upsert, "one", content_type, "gs://1")
        assert world.value(upsert, "two", content_type, "gs://2") == first
    assert world.value("SELECT video_url FROM generated_content WHERE id = %s", first) == "gs://2"


@pytest.mark.parametrize(
    ("over", "constraint"),
    [
        ({"quality_score": "1.01"}, "generated_content_quality_score_check"),
        ({"quality_score": "NaN"}, "generated_content_quality_score_check"),
        ({"manual_review_status": "fine"}, "generated_content_manual_review_status_check"),
        ({"view_count": -1}, "generated_content_usage_check"),
        ({"average_rating": "0.5"}, "generated_content_average_rating_check"),
        ({"duration_seconds": -1}, "generated_content_duration_seconds_check"),
        ({"file_size_bytes": -1}, "generated_content_file_size_bytes_check"),
        ({"generation_metadata": "[]"}, "generated_content_generation_metadata_check"),
    ],
)
def test_content_out_of_range_is_refused(vividly: Database, over: dict[str, Any], constraint: str) -> None:
    with vividly.throws("23514", constraint):
        a_video(vividly, **over)


# Requests


BACK = {
    ("needs_clarification", "nlu_processing"), ("cache_check", "needs_clarification"),
    ("fast_path_ready", "generating_script"), ("fast_path_ready", "generating_audio"),
    ("fast_path_ready", "generating_video"),
}  # fmt: skip


@pytest.mark.parametrize("start", PIPELINE)
def test_a_request_moves_forward_and_back_only_where_stated(world: Database, start: str) -> None:
    move = "UPDATE content_requests SET status = %s WHERE id = %s"
    for place, to in enumerate(PIPELINE):
        request = a_request(world, "ann", status=start)["id"]
        if place >= PIPELINE.index(start) or (start, to) in BACK:
            world.execute(move, to, request)
            continue
        with world.throws("23514", "content_requests_move_forward_check", match=f"{start} .* {to}"):
            world.execute(move, to, request)


def test_a_status_of_later_is_placed_by_rows(world: Database) -> None:
    """A label added by ALTER TYPE cannot be used in its transaction: one that stands last is placed in the middle."""
    world.execute("DELETE FROM request_status_moves WHERE 'failed' IN (from_status, to_status)")
    world.execute("INSERT INTO request_status_moves VALUES ('nlu_processing', 'failed'), ('failed', 'cache_check')")
    request = a_request(world, "ann")["id"]
    for status in ("failed", "cache_check", "completed"):
        world.execute("UPDATE content_requests SET status = %s WHERE id = %s", status, request)


def test_a_failed_request_starts_anew_as_a_counted_retry(world: Database) -> None:
    request = a_request(world, "ann", status="failed")["id"]
    world.execute(
        "UPDATE content_requests SET status = 'nlu_processing', retry_count = retry_count + 1 WHERE id = %s", request
    )
    assert world.row("SELECT status, retry_count FROM content_requests") == ("nlu_processing", 1)


def test_a_completed_request_cannot_be_retried(world: Database) -> None:
    request = a_request(world, "ann", status="completed")["id"]
    with world.throws("23514", "content_requests_move_forward_check"):
        world.execute("UPDATE content_requests SET status = 'cache_check', retry_count = 1 WHERE id = %s", request)


def test_progress_taken_up_again_has_no_completion(world: Database) -> None:
    world.insert("student_progress", student_id="ann", topic_id="topic_a", status="completed")
    world.execute("UPDATE student_progress SET status = 'in_progress'")
    assert world.value("SELECT completed_at FROM student_progress") is None


def test_views_and_seconds_have_bounds_that_stop_nobody_else(world: Database) -> None:
    with world.throws("23514", "student_progress_view_count_check"):
        world.insert("student_progress", student_id="ann", topic_id="topic_a", view_count=2147483647)
    with world.throws("23514", "student_progress_total_time_seconds_check"):
        world.execute("SELECT record_view('ann', 'content_a', -1)")
    for _ in range(2):
        world.execute("SELECT record_view('ann', 'content_a', 2147483647)")
    assert world.row("SELECT total_time_seconds, view_count FROM student_progress") == (2147483647, 2)
    world.execute("UPDATE generated_content SET view_count = 2147483647")
    world.execute("SELECT record_view('bob', 'content_a')")
    assert world.value("SELECT view_count FROM generated_content") == 2147483647
    assert world.value("SELECT recount_content_usage()") == 1
    assert world.value("SELECT view_count FROM generated_content") == 3


def test_one_statement_that_rates_one_and_lowers_another_by_as_much_counts_both(world: Database) -> None:
    a_feedback(world, "ann", "content_a", rating=5)
    a_feedback(world, "bob", "content_a", "mark_complete")
    assert usage(world)[2:] == (1, 5)
    world.execute("UPDATE feedback SET rating = CASE WHEN student_id = 'ann' THEN 2 ELSE 3 END")
    assert usage(world)[2:] == (2, 2.5)


def test_emptied_tables_leave_no_counts(world: Database) -> None:
    world.execute("SELECT record_view('ann', 'content_a')")
    a_feedback(world, "ann", "content_a", "mark_complete", rating=4)
    counts = "SELECT view_count, completion_count, rating_count, rating_sum, average_rating FROM generated_content"
    assert world.row(counts)[:4] == (1, 1, 1, 4)
    world.execute("TRUNCATE student_progress")
    assert world.row(counts)[:4] == (0, 0, 1, 4)
    world.execute("TRUNCATE feedback")
    assert world.row(counts) == (0, 0, 0, 0, None)


TIMES = [
    (table, column)
    for table, columns in {
        "organizations": "deleted_at", "users": "last_login_at reset_token_expires_at deleted_at",
        "classes": "deleted_at", "class_students": "enrolled_at dropped_at", "content_requests": "completed_at deleted_at",
        "student_progress": "last_viewed_at completed_at", "student_account_requests": "reviewed_at",
        "bulk_upload_jobs": "started_at completed_at",
    }.items()
    for column in ["created_at", *columns.split()]
]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), TIMES)
@pytest.mark.parametrize("value", ["infinity", "-infinity"])
def test_infinity_is_no_time(lived: Database, table: str, column: str, value: str) -> None:
    with lived.throws("23514", f"{table}_times_check"):
        lived.execute(f"UPDATE {table} SET {column} = %s", value)


CHILD_FIRST = """INSERT INTO topics (id, parent_id, path, title, subject)
    VALUES ('child', 'parent', %s, 'C', 'physics'), ('parent', %s, %s, 'P', 'physics')"""


def test_children_may_come_before_their_parent_in_one_statement(tree: Database) -> None:
    tree.execute(CHILD_FIRST, "physics.heat.gas", "topic_phys", "physics.heat")
    tree.execute(CHILD_FIRST.replace("'child', 'parent'", "'leaf', 'root'").replace("'parent', %s", "'root', %s"),
                 None, "child", None)  # fmt: skip
    assert dict(tree.rows("SELECT id, depth FROM topics WHERE id IN ('parent', 'child', 'root', 'leaf')")) == {
        "parent": 1, "child": 2, "root": 3, "leaf": 4,
    }  # fmt: skip


def test_children_before_their_parent_are_held_to_its_path(tree: Database) -> None:
    with tree.throws("23514", "topics_path_extends_parent_check"):
        tree.execute(CHILD_FIRST, "chemistry.gas", "topic_phys", "physics.heat")
    with tree.throws("23514", "topics_form_a_tree_check"):
        tree.execute(CHILD_FIRST, None, "child", None)


def test_the_first_children_of_all_are_held_to_the_path_of_a_parent_that_comes_behind(vividly: Database) -> None:
    with vividly.throws("23514", "topics_path_extends_parent_check"):
        vividly.execute(CHILD_FIRST, "chemistry.gas", None, "physics")
    vividly.execute(CHILD_FIRST, "physics.gas", None, "physics")
    assert vividly.rows("SELECT id, depth FROM topics_under('physics')") == [("parent", 0), ("child", 1)]


def test_completion_is_dated(world: Database) -> None:
    request = a_request(world, "ann", status="generating_video")["id"]
    assert world.value("SELECT completed_at FROM content_requests") is None
    world.execute("UPDATE content_requests SET status = 'completed' WHERE id = %s", request)
    assert world.value("SELECT completed_at = now() FROM content_requests")


def test_a_request_that_fails_after_all_is_not_dated_any_more(world: Database) -> None:
    request = a_request(world, "ann", status="completed")["id"]
    assert world.value("SELECT completed_at = now() FROM content_requests")
    world.execute("UPDATE content_requests SET status = 'failed' WHERE id = %s", request)
    assert world.value("SELECT completed_at FROM content_requests") is None


def test_a_request_outlives_its_content_and_the_content_its_requests(world: Database) -> None:
    request = a_request(world, "ann", generated_content_id="content_a", topic_id="topic_a", interest_id="int_a")["id"]
    feedback = a_feedback(
        world, "ann", "content_a", "make_simpler", triggered_regeneration=True, regeneration_request_id=request
    )["id"]
    world.execute("DELETE FROM content_requests WHERE id = %s", request)
    assert world.value("SELECT regeneration_request_id FROM feedback WHERE id = %s", feedback) is None
    again = a_request(world, "ann", generated_content_id="content_a")["id"]
    world.execute("DELETE FROM generated_content WHERE id = 'content_a'")
    assert world.value("SELECT generated_content_id FROM content_requests WHERE id = %s", again) is None
    assert world.sees("feedback") == 0


# Progress and counts


def usage(db: Database, key: str = "content_a") -> tuple[Any, ...]:
    return db.row(
        "SELECT view_count, completion_count, rating_count, average_rating FROM generated_content WHERE id = %s", key
    )


def progress(db: Database, student: str = "ann") -> tuple[Any, ...]:
    return db.row("SELECT status::text, view_count, content_id FROM student_progress WHERE student_id = %s", student)


def test_a_view_begins_a_topic_and_counts(world: Database) -> None:
    with world.as_role("vividly_service"):
        assert world.value("SELECT record_view('ann', 'content_a', 90)") == 1
        assert world.value("SELECT record_view('ann', 'content_a', 30)") == 2
        assert world.value("SELECT record_view('bob', 'content_a')") == 1
    assert progress(world) == ("in_progress", 2, "content_a")
    assert world.value("SELECT total_time_seconds FROM student_progress WHERE student_id = 'ann'") == 120
    assert usage(world) == (3, 0, 0, None)


def test_a_view_of_nothing_is_refused(world: Database) -> None:
    with world.throws("23503", "student_progress_content_id_fkey"):
        world.execute("SELECT record_view('ann', 'content_none')")


def test_marking_complete_completes_the_topic_for_a_student_who_may_not_write_progress(world: Database) -> None:
    with world.as_user("ann"):
        world.denied("UPDATE student_progress SET status = 'completed'")
        world.execute(
            "INSERT INTO feedback (id, student_id, content_id, feedback_type) VALUES ('f', 'ann', "
            "'content_a', 'mark_complete')"
        )
        assert progress(world) == ("completed", 0, "content_a")
    assert world.value("SELECT completed_at = now() FROM student_progress")
    assert usage(world)[1] == 1


def test_making_it_simpler_is_struggling_until_it_is_complete(world: Database) -> None:
    world.execute("SELECT record_view('ann', 'content_a')")
    a_feedback(world, "ann", "content_a", "make_simpler")
    assert progress(world)[0] == "struggling"
    a_feedback(world, "ann", "content_a", "mark_complete")
    a_feedback(world, "ann", "content_a", "make_simpler")
    world.execute("SELECT record_view('ann', 'content_a')")
    assert progress(world)[0] == "completed"


@pytest.mark.parametrize("kind", ["try_different_interest", "report_issue", "rating_only"])
def test_other_feedback_leaves_progress_alone(world: Database, kind: str) -> None:
    a_feedback(world, "ann", "content_a", kind)
    assert world.sees("student_progress") == 0


@pytest.mark.parametrize(
    ("kind", "rating", "constraint"),
    [
        ("rating_only", None, "feedback_rating_only_has_rating_check"),
        ("rating_only", 0, "feedback_rating_check"),
        ("mark_complete", 6, "feedback_rating_check"),
    ],
)
def test_a_rating_is_one_to_five_and_there_when_it_is_all(
    world: Database, kind: str, rating: int | None, constraint: str
) -> None:
    with world.throws("23514", constraint):
        a_feedback(world, "ann", "content_a", kind, rating=rating)


def test_ratings_count_through_insert_change_move_and_delete(world: Database) -> None:
    other = a_video(world)["id"]
    first = a_feedback(world, "ann", "content_a", rating=5)["id"]
    second = a_feedback(world, "bob", "content_a", rating=2)["id"]
    a_feedback(world, "bob", "content_a", "report_issue")
    assert usage(world)[2:] == (2, world.value("SELECT 3.50::numeric"))
    world.execute("UPDATE feedback SET rating = 4 WHERE id = %s", second)
    assert float(usage(world)[3]) == 4.5
    world.execute("UPDATE feedback SET content_id = %s WHERE id = %s", other, first)
    assert (float(usage(world)[3]), float(usage(world, other)[3])) == (4.0, 5.0)
    world.execute("DELETE FROM feedback WHERE id = %s", second)
    assert usage(world)[2:] == (0, None)


def test_views_and_completions_count_through_change_move_and_delete(world: Database) -> None:
    other = a_video(world, world.value("SELECT 'topic_a'"))["id"]
    world.execute(
        """INSERT INTO student_progress (student_id, topic_id, status, view_count, content_id)
        VALUES ('ann', 'topic_a', 'completed', 3, 'content_a'), ('bob', 'topic_a', 'in_progress', 4, 'content_a')"""
    )
    assert usage(world)[:2] == (7, 1)
    world.execute("UPDATE student_progress SET status = 'completed', view_count = 5 WHERE student_id = 'bob'")
    assert usage(world)[:2] == (8, 2)
    world.execute("UPDATE student_progress SET content_id = %s WHERE student_id = 'ann'", other)
    assert (usage(world)[:2], usage(world, other)[:2]) == ((5, 1), (3, 1))
    world.execute("UPDATE student_progress SET content_id = NULL WHERE student_id = 'ann'")
    assert usage(world, other)[:2] == (0, 0)
    world.execute("DELETE FROM users WHERE id = 'bob'")
    assert usage(world)[:2] == (0, 0)


def test_the_counts_equal_a_recount_after_many_changes(world: Database) -> None:
    videos = ["content_a", a_video(world)["id"], a_video(world)["id"]]
    students = ["ann", "bob", *(a_student(world, "school_north")["id"] for _ in range(4))]
    for i in range(60):
        student, video = students[i * 7 % 6], videos[i * 5 % 3]
        if i % 4 == 0:
            a_feedback(world, student, video, rating=1 + i % 5)
        elif i % 4 == 1:
            a_feedback(world, student, video, "mark_complete", rating=1 + i % 5)
        else:
            world.execute("SELECT record_view(%s, %s)", student, video)
        if i % 9 == 8:
            world.execute("UPDATE feedback SET content_id = %s, rating = 2 WHERE student_id = %s", video, student)
        if i % 13 == 12:
            world.execute("DELETE FROM feedback WHERE student_id = %s", student)
    assert world.value("SELECT sum(view_count) FROM generated_content") > 20
    assert world.job("vividly", "recount_content_usage") == [{"videos_corrected": 0}]


def test_a_recount_repairs_what_was_written_past_the_triggers(world: Database) -> None:
    world.execute("SELECT record_view('ann', 'content_a')")
    world.execute("UPDATE generated_content SET view_count = 99, average_rating = 5 WHERE id = 'content_a'")
    assert world.job("vividly", "recount_content_usage") == [{"videos_corrected": 1}]
    assert usage(world) == (1, 0, 0, None)


def test_a_completion_always_has_a_date(world: Database) -> None:
    world.insert("student_progress", student_id="ann", topic_id="topic_a", status="completed")
    world.execute("UPDATE student_progress SET completed_at = NULL")
    assert world.value("SELECT completed_at IS NOT NULL FROM student_progress")


@pytest.mark.parametrize("column", ["view_count", "total_time_seconds"])
def test_progress_is_never_negative(world: Database, column: str) -> None:
    with world.throws("23514", f"student_progress_{column}_check"):
        world.insert("student_progress", student_id="ann", topic_id="topic_a", **{column: -1})
