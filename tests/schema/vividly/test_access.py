"""Who sees and writes what: student, teacher of the class, school and district administrators, Vividly's staff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slate_pg.sqlfiles import read_files
from slate_pg.testing.database import Database
from tests.schema.vividly.factories import PERSONAL_TABLES, STUDENT_TABLES, a_class, a_request, a_student, a_video

QUERIES = Path(__file__).parents[3] / "sql/vividly/queries"


# Rows of ann and bob (school_north), cid (school_south, same district), far (another district), by viewer.
SEEN = {
    "ann": {"ann"},
    "bob": {"bob"},
    "teacher_north": {"ann"},
    "teacher_idle": set(),
    "teacher_south": {"cid"},
    "head_north": {"ann", "bob"},
    "head_first": {"ann", "bob", "cid"},
    "head_other": {"far"},
    "staff_admin": {"ann", "bob", "cid", "far"},
    "staff_ops": {"ann", "bob", "cid", "far"},
    "staff_curriculum": set(),
    "nobody": set(),
    "": set(),
}


@pytest.mark.parametrize("viewer", SEEN, ids=lambda v: v or "unset")
def test_students_and_their_rows_are_seen_by_those_around_them(lived: Database, viewer: str) -> None:
    with lived.as_user(viewer):
        seen = {table: {s for (s,) in lived.rows(f"SELECT student_id FROM {table}")} for table in STUDENT_TABLES}
        seen["users"] = {s for (s,) in lived.rows("SELECT id FROM users WHERE role = 'student'")}
    assert seen == dict.fromkeys([*STUDENT_TABLES, "users"], SEEN[viewer])


OTHERS = {
    # viewer: organizations, classes, enrolments, account requests, uploads seen
    "ann": ({"org_first", "school_north"}, {"class_north"}, 1, set(), set()),
    "bob": ({"org_first", "school_north"}, set(), 0, set(), set()),
    "teacher_north": ({"org_first", "school_north"}, {"class_north"}, 1, {"sreq_north"}, set()),
    "teacher_idle": ({"org_first", "school_north"}, set(), 0, set(), set()),
    "head_north": ({"org_first", "school_north"}, {"class_north"}, 1, {"sreq_north"}, {"up_north"}),
    "head_first": (
        {"org_first", "school_north", "school_south"}, {"class_north", "class_south"}, 2, {"sreq_north", "sreq_south"},
        {"up_north", "up_south"},
    ),
    "head_other": ({"org_other", "school_far"}, {"class_far"}, 1, {"sreq_far"}, {"up_far"}),
    "staff_ops": (
        {"org_first", "org_other", "org_vividly", "school_north", "school_south", "school_far"},
        {"class_north", "class_south", "class_far"}, 3, {"sreq_north", "sreq_south", "sreq_far"},
        {"up_north", "up_south", "up_far"},
    ),
    "staff_curriculum": ({"org_vividly"}, set(), 0, set(), set()),
    "": (set(), set(), 0, set(), set()),
}  # fmt: skip


@pytest.mark.parametrize("viewer", OTHERS, ids=lambda v: v or "unset")
def test_organizations_classes_and_papers_are_seen_by_their_own(lived: Database, viewer: str) -> None:
    def ids(table: str) -> set[str]:
        return {i for (i,) in lived.rows(f"SELECT id FROM {table}")}

    with lived.as_user(viewer):
        seen = (
            ids("organizations"), ids("classes"), lived.sees("class_students"), ids("student_account_requests"),
            ids("bulk_upload_jobs"),
        )  # fmt: skip
    assert seen == OTHERS[viewer]


@pytest.mark.parametrize("viewer", ["ann", "teacher_north", "head_first", "staff_ops", "staff_curriculum", ""])
def test_the_trail_is_for_vividly_admins_only(lived: Database, viewer: str) -> None:
    with lived.as_user(viewer):
        assert lived.sees("audit_logs") == 0
    with lived.as_user("staff_admin"):
        assert lived.sees("audit_logs") == 1


def test_a_partition_of_the_trail_shows_nothing_when_asked_directly(lived: Database) -> None:
    leaf = lived.value("SELECT tableoid::regclass::text FROM audit_logs")
    for role in ("vividly_people", "vividly_service", "vividly_reader"):
        with lived.as_role(role, app__user_id="staff_admin"):
            lived.denied(f"SELECT * FROM {leaf}")
    assert lived.value(
        "SELECT bool_and(relrowsecurity) FROM pg_class WHERE relname LIKE 'audit_logs_%%' AND relkind = 'r'"
    )


@pytest.mark.parametrize("table", PERSONAL_TABLES)
def test_every_table_about_people_is_under_row_security(vividly: Database, table: str) -> None:
    assert vividly.value("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", table)


def test_a_dropped_student_is_out_of_the_teachers_sight(lived: Database) -> None:
    lived.execute("UPDATE class_students SET dropped_at = now() WHERE student_id = 'ann'")
    with lived.as_user("teacher_north"):
        assert [lived.sees(t) for t in STUDENT_TABLES] == [0, 0, 0, 0]
        assert lived.rows("SELECT id FROM users") == [("teacher_north",)]
    with lived.as_user("head_north"):
        assert lived.rows("SELECT count(*) FROM users WHERE id = 'ann'") == [(1,)]


@pytest.mark.parametrize("change", ["deleted_at = now()", "is_active = false"])
def test_a_closed_teacher_sees_no_student(lived: Database, change: str) -> None:
    lived.execute(f"UPDATE users SET {change} WHERE id IN ('teacher_north', 'head_north', 'head_first', 'staff_ops')")
    for viewer in ("teacher_north", "head_north", "head_first", "staff_ops"):
        with lived.as_user(viewer):
            assert lived.sees("student_progress") == 0, viewer


def test_what_is_soft_deleted_is_out_of_peoples_sight_and_in_the_services(lived: Database) -> None:
    lived.execute("UPDATE users SET deleted_at = now() WHERE id = 'ann'")
    lived.execute("UPDATE classes SET deleted_at = now() WHERE id = 'class_south'")
    lived.execute("UPDATE content_requests SET deleted_at = now() WHERE id = 'req_bob'")
    lived.execute("UPDATE organizations SET deleted_at = now() WHERE id = 'school_south'")
    with lived.as_user("ann"):
        assert lived.sees("users") == 0
    with lived.as_user("bob"):
        assert lived.sees("content_requests") == 0
    with lived.as_user("teacher_north"):
        assert lived.sees("student_progress") == 0
    with lived.as_user("teacher_south"):
        assert (lived.sees("classes"), lived.sees("student_progress")) == (0, 0)
    with lived.as_user("head_first"):
        assert lived.rows("SELECT id FROM organizations ORDER BY id") == [("org_first",), ("school_north",)]
        assert lived.rows("SELECT id FROM users WHERE id = 'ann'") == []
    with lived.as_role("vividly_service"):
        assert lived.rows("SELECT count(*) FROM users WHERE id = 'ann'") == [(1,)]


@pytest.mark.parametrize("role", ["vividly_people", "vividly_reader"])
@pytest.mark.parametrize("column", ["password_hash", "reset_token", "reset_token_expires_at"])
def test_secrets_leave_through_the_service_only(lived: Database, role: str, column: str) -> None:
    with lived.as_role(role, app__user_id="staff_admin"):
        lived.denied(f"SELECT {column} FROM users")
        lived.denied("SELECT * FROM users")
    with lived.as_role("vividly_service"):
        assert lived.rows(f"SELECT {column} FROM users")


def test_the_contract_is_no_business_of_people(lived: Database) -> None:
    with lived.as_user("ann"):
        lived.denied("SELECT metadata FROM organizations")
        lived.denied("SELECT generation_metadata FROM generated_content")


@pytest.mark.parametrize("table", PERSONAL_TABLES)
def test_the_reader_reads_everything_and_writes_nothing(lived: Database, table: str) -> None:
    columns = {"users": "id, first_name", "student_account_requests": "id", "audit_logs": "id"}.get(table, "*")
    with lived.as_role("vividly_reader"):
        assert lived.rows(f"SELECT {columns} FROM {table}")
        lived.denied(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", ["users", "student_account_requests"])
def test_a_report_has_no_email_address(lived: Database, table: str) -> None:
    with lived.as_role("vividly_reader"):
        lived.denied(f"SELECT email FROM {table}")
        lived.denied(f"SELECT t FROM {table} AS t")


@pytest.mark.parametrize("table", [t for t in PERSONAL_TABLES if t != "audit_logs"])
def test_the_service_works_on_everything(lived: Database, table: str) -> None:
    with lived.as_role("vividly_service"):
        count = lived.sees(table)
        assert count
        assert lived.execute(f"UPDATE {table} SET created_at = created_at").rowcount == count


def test_the_service_keeps_the_cache(lived: Database) -> None:
    with lived.as_role("vividly_service"):
        video = a_video(lived)["id"]
        lived.denied("DELETE FROM generated_content WHERE id = %s", video)


@pytest.mark.parametrize("table", ["class_students", "student_interests", "student_progress"])
def test_staff_sees_the_first_and_the_last_number_that_a_row_can_have(lived: Database, table: str) -> None:
    ends = "UPDATE {0} SET id = %s WHERE id = (SELECT {1}(id) FROM {0})"
    lived.execute(ends.format(table, "min"), -(2**31))
    lived.execute(ends.format(table, "max"), 2**31 - 1)
    with lived.as_user("staff_ops"):
        assert lived.row(f"SELECT min(id), max(id) FROM {table}") == (-(2**31), 2**31 - 1)


# Writing as people


def test_a_student_asks_for_oneself_only_and_does_not_move_a_request(lived: Database) -> None:
    ask = """INSERT INTO content_requests (id, student_id, original_query)
        VALUES (generate_id('req'), %s, 'why') RETURNING status"""
    with lived.as_user("ann"):
        assert lived.value(ask, "ann") == "nlu_processing"
        lived.check_violation(ask, "bob")
        lived.denied("UPDATE content_requests SET status = 'completed'")
        lived.denied("DELETE FROM content_requests")
        lived.denied(
            "INSERT INTO content_requests (id, student_id, original_query, status) VALUES ('x', 'ann', "
            "'q', 'completed')"
        )


def test_a_teacher_asks_for_no_student(lived: Database) -> None:
    with lived.as_user("teacher_north"):
        lived.check_violation("INSERT INTO content_requests (id, student_id, original_query) VALUES ('x', 'ann', 'q')")


def test_a_student_gives_feedback_for_oneself_only_and_keeps_to_it(lived: Database) -> None:
    give = """INSERT INTO feedback (id, student_id, content_id, feedback_type, rating)
        VALUES (generate_id('feedback'), %s, 'content_a', 'rating_only', 5)"""
    with lived.as_user("ann"):
        lived.execute(give, "ann")
        lived.check_violation(give, "bob")
        lived.denied("UPDATE feedback SET rating = 1")
        lived.denied(
            "INSERT INTO feedback (id, student_id, content_id, feedback_type, triggered_regeneration) "
            "VALUES ('x', 'ann', 'content_a', 'make_simpler', true)"
        )


def test_a_student_ranks_the_own_interests_only(lived: Database) -> None:
    with lived.as_user("ann"):
        lived.execute("UPDATE student_interests SET rank = 2")
        lived.filtered("UPDATE student_interests SET rank = 3 WHERE student_id = 'bob'")
        lived.filtered("DELETE FROM student_interests WHERE student_id = 'bob'")
        lived.check_violation(
            "INSERT INTO student_interests (student_id, interest_id, rank) VALUES ('bob', 'int_a', 9)"
        )
        lived.execute("DELETE FROM student_interests")
    with lived.as_user("head_north"):
        lived.filtered("DELETE FROM student_interests")
    assert lived.rows("SELECT student_id FROM student_interests ORDER BY 1") == [("bob",), ("cid",), ("far",)]


def test_nobody_writes_progress_accounts_or_enrolments_as_a_person(lived: Database) -> None:
    for viewer in ("ann", "teacher_north", "head_first", "staff_admin"):
        with lived.as_user(viewer):
            lived.denied("UPDATE student_progress SET status = 'completed'")
            lived.denied("UPDATE users SET role = 'vividly_admin'")
            lived.denied("INSERT INTO class_students (class_id, student_id) VALUES ('class_north', 'bob')")
            lived.denied("UPDATE generated_content SET view_count = 1000000")
            lived.denied("SELECT enroll_student('class_north', 'bob')")


def test_a_teacher_opens_and_changes_own_classes_only(lived: Database) -> None:
    opening = "INSERT INTO classes (id, name, teacher_id, school_id) VALUES (%s, 'New', %s, 'school_north')"
    with lived.as_user("teacher_north"):
        lived.execute(opening, "class_new", "teacher_north")
        lived.check_violation(opening, "class_new2", "teacher_idle")
        lived.execute("UPDATE classes SET name = 'Newer' WHERE id = 'class_new'")
        lived.filtered("UPDATE classes SET name = 'Mine' WHERE id = 'class_south'")
        lived.denied("UPDATE classes SET teacher_id = 'teacher_idle'")
    with lived.as_user("ann"):
        with lived.throws("23514", "classes_teacher_of_school_check"):
            lived.execute(opening, "class_new3", "ann")
        lived.check_violation(opening, "class_new3", "teacher_north")


def test_a_teacher_drops_a_student_of_the_own_class_and_no_more(lived: Database) -> None:
    a_class(lived, "teacher_idle", "school_north", "bob")
    drop = "UPDATE class_students SET dropped_at = now() WHERE student_id = %s"
    with lived.as_user("teacher_north"):
        lived.filtered(drop, "bob")
        assert lived.execute(drop, "ann").rowcount == 1
        lived.filtered("UPDATE class_students SET dropped_at = NULL WHERE student_id = 'ann'")
    with lived.as_user("bob"):
        lived.filtered(drop, "bob")


def test_a_class_emptied_at_once_leaves_alone_who_left_before(lived: Database) -> None:
    lived.insert("class_students", class_id="class_north", student_id="bob")
    lived.execute("UPDATE class_students SET dropped_at = now() - interval '1 day' WHERE student_id = 'ann'")
    with lived.as_user("teacher_north"):
        assert lived.execute("UPDATE class_students SET dropped_at = now()").rowcount == 1
    assert lived.value("SELECT dropped_at < now() FROM class_students WHERE student_id = 'ann'")


def test_a_teacher_requests_accounts_for_own_classes_and_the_head_decides(lived: Database) -> None:
    asking = """INSERT INTO student_account_requests (
                id, teacher_id, first_name, last_name, email, grade_level, class_id
            )
        VALUES (%s, 'teacher_north', 'N', 'N', 'n@x.org', 9, %s)"""
    a_class(lived, "teacher_idle", "school_north", key="class_idle")
    decide = "UPDATE student_account_requests SET status = 'approved', reviewed_by = %s WHERE id = 'new'"
    with lived.as_user("teacher_north"):
        lived.execute(asking, "new", "class_north")
        lived.check_violation(asking, "new2", "class_idle")
        lived.filtered(decide, "teacher_north")
    with lived.as_user("head_other"):
        lived.filtered(decide, "head_other")
    with lived.as_user("head_north"):
        lived.check_violation(decide, "head_first")
        assert lived.execute(decide, "head_north").rowcount == 1


def test_a_head_uploads_for_own_schools_in_the_own_name(lived: Database) -> None:
    upload = "INSERT INTO bulk_upload_jobs (id, uploaded_by, school_id, file_path) VALUES ('new', %s, %s, 'gs://x')"
    with lived.as_user("head_north"):
        lived.check_violation(upload, "head_north", "school_south")
        lived.check_violation(upload, "head_first", "school_north")
        lived.execute(upload, "head_north", "school_north")
    with lived.as_user("teacher_north"):
        lived.check_violation(upload, "teacher_north", "school_north")


def test_own_rows_use_their_index_whoever_else_may_see_them(lived: Database) -> None:
    with lived.as_user("ann"):
        plan = lived.plan("SELECT * FROM student_progress", prefer_index=True)
    assert "student_progress" not in plan.seq_scans
    assert {i for i in plan.indexes if "users_" not in i} <= {
        "student_progress_school_id_student_id_idx", "idx_student_progress_dashboard", "idx_student_progress_recent",
        "student_progress_student_id_topic_id_key", "student_progress_struggling_idx", "student_progress_pkey",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("admin_kpi_cache_hit_rate", "content_requests_live_created_at_idx"),
        ("struggling_students_report", "feedback_make_simpler_idx"),
    ],
)
def test_what_staff_counts_is_read_from_the_index_alone_policies_included(
    lived: Database, query: str, index: str
) -> None:
    lived.execute("SET LOCAL enable_bitmapscan = off")
    text = next(f for f in read_files(QUERIES) if f.name == query).text
    with lived.as_user("staff_ops"):
        plan = lived.plan(text, prefer_index=True)
    assert [n["Node Type"] for n in plan.nodes if n.get("Index Name") == index] == ["Index Only Scan"]


def test_staff_sees_a_school_that_was_added_last(lived: Database) -> None:
    lived.insert("organizations", id="zzz_school", name="Z", org_type="school", parent_id="org_other")
    a_student(lived, "zzz_school", "zoe")
    a_request(lived, "zoe")
    with lived.as_user("staff_ops"):
        assert lived.rows("SELECT count(*) FROM content_requests WHERE student_id = 'zoe'") == [(1,)]


# Functions that ask once

# class_engagement() as it would be without: every row is asked for.
ASKING_EVERY_ROW = """
    SELECT u.id, u.first_name, u.last_name, u.last_login_at, p.topics_completed, r.total_requests, f.avg_rating,
        p.last_activity
    FROM class_students AS cs
    INNER JOIN users AS u ON u.id = cs.student_id AND u.deleted_at IS NULL
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE sp.status = 'completed') AS topics_completed,
            max(sp.last_viewed_at) AS last_activity
        FROM student_progress AS sp WHERE sp.student_id = u.id
    ) AS p
    CROSS JOIN LATERAL (
        SELECT count(*) AS total_requests FROM content_requests AS cr
        WHERE cr.student_id = u.id AND cr.deleted_at IS NULL
    ) AS r
    CROSS JOIN LATERAL (SELECT avg(fb.rating) AS avg_rating FROM feedback AS fb WHERE fb.student_id = u.id) AS f
    WHERE cs.class_id = %s AND cs.dropped_at IS NULL
    ORDER BY u.id"""


@pytest.fixture
def crowded(lived: Database) -> Database:
    """The lived world with a class over two schools, of which one student has dropped out and one account is closed."""
    a_student(lived, "school_north", "dot")
    a_student(lived, "school_south", "end")
    a_class(lived, "teacher_north", "school_north", "ann", "bob", "cid", "dot", "end", key="class_mixed")
    lived.execute("UPDATE class_students SET dropped_at = now() WHERE student_id = 'dot'")
    lived.execute("UPDATE users SET deleted_at = now() WHERE id = 'end'")
    a_class(lived, "teacher_idle", "school_north", "ann", key="class_closed")
    lived.execute("UPDATE classes SET deleted_at = now() WHERE id = 'class_closed'")
    lived.execute("UPDATE users SET is_active = false WHERE id = 'teacher_far'")
    return lived


@pytest.mark.parametrize("role", ["vividly_service", "vividly_reader"])
def test_a_back_end_finds_the_live_accounts_that_have_all_the_words_and_no_others(lived: Database, role: str) -> None:
    lived.execute("UPDATE users SET first_name = 'Zoe', last_name = 'Quill' WHERE id IN ('ann', 'bob')")
    lived.execute("UPDATE users SET deleted_at = now() WHERE id = 'bob'")
    with lived.as_role(role):
        assert lived.value("SELECT user_ids_named('quill ZOE')") == ["ann"]
        assert lived.value("SELECT user_ids_named('quill lee')") == []


@pytest.mark.parametrize("viewer", [*SEEN, "dot", "end", "teacher_far"], ids=lambda v: v or "unset")
def test_a_class_dashboard_shows_what_the_policies_show_row_by_row(crowded: Database, viewer: Any) -> None:
    for class_id in ("class_mixed", "class_north", "class_south", "class_far", "class_closed", "no_such_class"):
        with crowded.as_user(viewer):
            allowed = crowded.rows(ASKING_EVERY_ROW, class_id)
            assert crowded.rows("SELECT * FROM class_engagement(%s) ORDER BY id", class_id) == allowed, class_id


def test_a_class_dashboard_shows_a_teacher_the_class_a_head_the_own_students_and_others_nobody(
    crowded: Database,
) -> None:
    def sees(viewer: str) -> list[str]:
        with crowded.as_user(viewer):
            return [i for (i,) in crowded.rows("SELECT id FROM class_engagement('class_mixed') ORDER BY id")]

    assert sees("teacher_north") == ["ann", "bob", "cid"]
    assert sees("head_first") == ["ann", "bob", "cid"]
    assert sees("head_north") == ["ann", "bob"]
    assert sees("staff_ops") == ["ann", "bob", "cid"]
    assert sees("bob") == ["bob"]
    assert sees("teacher_south") == sees("head_other") == sees("staff_curriculum") == sees("") == []


@pytest.mark.parametrize("role", ["vividly_service", "vividly_reader"])
def test_service_and_reader_get_the_whole_class_and_every_name_whoever_they_act_for(
    crowded: Database, role: str
) -> None:
    with crowded.as_role(role, app__user_id="bob"):
        assert len(crowded.rows("SELECT id FROM class_engagement('class_mixed')")) == 3
        assert crowded.value("SELECT cardinality(user_ids_named('lee'))") > 10


@pytest.mark.parametrize("viewer", [*SEEN, "dot", "end", "teacher_far"], ids=lambda v: v or "unset")
def test_a_search_by_name_finds_whom_the_policies_show(crowded: Database, viewer: Any) -> None:
    with crowded.as_user(viewer):
        allowed = crowded.rows("SELECT id FROM users WHERE last_name = 'Lee' AND deleted_at IS NULL ORDER BY id")
        assert crowded.rows("SELECT unnest(user_ids_named('LEE')) AS id ORDER BY id") == allowed


def test_the_parts_of_a_class_dashboard_show_a_person_no_more_than_the_whole(crowded: Database) -> None:
    with crowded.as_user("bob"):
        crowded.denied("SELECT * FROM sum_up_class('class_mixed', true, NULL)")
        assert crowded.rows("SELECT id FROM visible_class_engagement('class_mixed')") == [("bob",)]
        assert crowded.rows("SELECT unnest(visible_user_ids_named('lee'))") == [("bob",)]
