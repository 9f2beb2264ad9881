"""Three sessions of mixed isolation write single statements of every shape; afterwards each count is what a recount says."""

from __future__ import annotations

import pytest

from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.fuzz import Game, check_game
from tests.schema.vividly.factories import a_district, a_school, a_student, a_topic, a_video, an_interest

STATEMENTS = [
    "SELECT record_view({student}, {video})",
    "INSERT INTO student_progress (student_id, topic_id, content_id, view_count) VALUES ({student}, {topic}, {video}, {number}) ON CONFLICT DO NOTHING",
    "INSERT INTO student_progress (student_id, topic_id, content_id, view_count) VALUES ({student}, {topic}, {video}, {number}) ON CONFLICT (student_id, topic_id) DO UPDATE SET view_count = student_progress.view_count + 1, content_id = EXCLUDED.content_id",
    "UPDATE student_progress SET status = {status} WHERE student_id = {student}",
    "UPDATE student_progress SET content_id = {video}, view_count = {number} WHERE topic_id = {topic}",
    "DELETE FROM student_progress WHERE student_id = {student}",
    "WITH gone AS (DELETE FROM student_progress WHERE student_id = {student} RETURNING *) INSERT INTO student_progress (student_id, topic_id, content_id, view_count) SELECT {student_b}, {topic}, {video}, sum(view_count) FROM gone HAVING count(*) > 0 ON CONFLICT DO NOTHING",
    "WITH gone AS (DELETE FROM users WHERE id = {student} AND random() < 0.05) UPDATE student_progress SET view_count = view_count + 2 WHERE student_id = {student}",
    "MERGE INTO student_progress AS p USING (SELECT {student}::varchar AS s, {topic}::varchar AS t) AS n ON p.student_id = n.s AND p.topic_id = n.t WHEN MATCHED AND p.view_count > 5 THEN DELETE WHEN MATCHED THEN UPDATE SET view_count = view_count + 3, status = {status} WHEN NOT MATCHED THEN INSERT (student_id, topic_id, content_id, view_count) VALUES (n.s, n.t, {video}, {number})",
    "INSERT INTO feedback (id, student_id, content_id, feedback_type, rating) VALUES (gen_random_uuid(), {student}, {video}, 'rating_only', {stars})",
    "INSERT INTO feedback (id, student_id, content_id, feedback_type) VALUES (gen_random_uuid(), {student}, {video}, 'mark_complete')",
    "INSERT INTO feedback (id, student_id, content_id, feedback_type, rating) VALUES ('fb_' || {stars}, {student}, {video}, 'rating_only', {stars}) ON CONFLICT (id) DO UPDATE SET rating = EXCLUDED.rating, content_id = EXCLUDED.content_id",
    "UPDATE feedback SET rating = {stars} WHERE student_id = {student}",
    "UPDATE feedback SET content_id = {video} WHERE content_id = {video_b}",
    "DELETE FROM feedback WHERE content_id = {video} AND student_id = {student}",
    "WITH gone AS (DELETE FROM feedback WHERE student_id = {student}) UPDATE feedback SET rating = {stars} WHERE content_id = {video}",
    "MERGE INTO feedback AS f USING (SELECT {student}::varchar AS s) AS n ON f.student_id = n.s AND f.content_id = {video} WHEN MATCHED THEN UPDATE SET rating = {stars} WHEN NOT MATCHED THEN INSERT (id, student_id, content_id, feedback_type, rating) VALUES (gen_random_uuid(), n.s, {video}, 'rating_only', {stars})",
    "DELETE FROM generated_content WHERE id = {video} AND random() < 0.02",
    "UPDATE users SET org_id = {school} WHERE id = {student}",
    "INSERT INTO users (id, email, password_hash, first_name, last_name, role, org_id, grade_level) VALUES ({student}, {student} || '@x.org', '$2b$12$x', 'A', 'B', 'student', {school}, 9) ON CONFLICT DO NOTHING",
    "INSERT INTO generated_content (id, topic_id, interest_id, content_type) VALUES ({video}, {topic}, {interest}, 'vivid_learning') ON CONFLICT DO NOTHING",
    "COPY student_progress (student_id, topic_id, content_id, view_count) FROM STDIN | {student}, {topic}, {video}, {number}",
    "COPY feedback (id, student_id, content_id, feedback_type, rating) FROM STDIN | fb_{number}{number_b}, {student}, {video}, rating_only, {stars}",
    "TRUNCATE student_progress",
    "TRUNCATE feedback",
]
TRUTHS = {
    "student_progress": """SELECT g.id, g.view_count, g.completion_count, n.* FROM generated_content AS g CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.view_count), 0) AS views, count(*) FILTER (WHERE p.status = 'completed') AS done
        FROM student_progress AS p WHERE p.content_id = g.id) AS n WHERE (g.view_count, g.completion_count) <> (n.views, n.done)""",
    "feedback": """SELECT g.id, g.rating_count, g.rating_sum, g.average_rating, n.* FROM generated_content AS g CROSS JOIN LATERAL (
        SELECT count(f.rating) AS ratings, coalesce(sum(f.rating), 0) AS stars, round(avg(f.rating), 2) AS average
        FROM feedback AS f WHERE f.content_id = g.id) AS n
        WHERE (g.rating_count, g.rating_sum, g.average_rating) IS DISTINCT FROM (n.ratings, n.stars, n.average)""",
    "school_id": """SELECT p.id FROM student_progress AS p INNER JOIN users AS u ON u.id = p.student_id WHERE p.school_id <> u.org_id
        UNION ALL SELECT NULL FROM feedback AS f INNER JOIN users AS u ON u.id = f.student_id WHERE f.school_id <> u.org_id""",
    "completed_at": "SELECT id FROM student_progress WHERE (status = 'completed') <> (completed_at IS NOT NULL)",
    "recount_content_usage()": "SELECT n FROM recount_content_usage() AS n WHERE n <> 0",
}


@pytest.fixture
def game(db_committed: CommittedDatabase) -> Game:
    """A district of two schools with eight students, three topics and four videos."""
    db_committed.use("vividly")
    district = a_district(db_committed)["id"]
    schools = [a_school(db_committed, district)["id"] for _ in range(2)]
    things = {
        "school": schools,
        "student": [a_student(db_committed, schools[n % 2])["id"] for n in range(8)],
        "topic": [a_topic(db_committed)["id"] for _ in range(3)],
        "video": [a_video(db_committed)["id"] for _ in range(4)],
        "interest": [an_interest(db_committed)["id"] for _ in range(4)],
        "number": range(9),
        "stars": range(1, 6),
        "status": ["not_started", "in_progress", "completed", "struggling"],
    }
    return Game("vividly", things, STATEMENTS, TRUTHS)


def test_counts_are_what_a_recount_says_after_three_sessions(db_committed: CommittedDatabase, game: Game) -> None:
    check_game(db_committed, game)
