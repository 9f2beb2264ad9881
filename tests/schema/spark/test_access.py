"""Who sees and writes what: each audience, allowed and refused side by side."""

from __future__ import annotations

from typing import Any

import pytest

from tests.schema.spark import conftest as make

# Tables with a row for each of: the student, a classmate of another class, a student of another school.
OWN = {
    "student_progress": lambda db, s, w: make.progress(db, s, make.a_lesson(db)),
    "submissions": lambda db, s, w: make.a_submission(db, s, make.a_quiz(db)),
    "profiles": lambda db, s, w: None,
    "earned_badges": lambda db, s, w: db.insert("earned_badges", user_id=s, badge_id=make.a_badge(db, {})),
    "achievements": lambda db, s, w: db.insert("achievements", student_id=s, type="SPECIAL_EVENT", title="t"),
    "learning_analytics": lambda db, s, w: db.insert("learning_analytics", student_id=s, date="2020-01-01"),
    "learning_preferences": lambda db, s, w: db.insert("learning_preferences", student_id=s),
    "ai_interactions": lambda db, s, w: db.insert(
        "ai_interactions", student_id=s, interaction_type="hint", ai_response="r"
    ),
    "user_notifications": lambda db, s, w: db.insert(
        "user_notifications", user_id=s, title="t", message="m", type="SYSTEM"
    ),
    "sync_logs": lambda db, s, w: db.insert("sync_logs", user_id=s, device_id="d", actions="[]"),
    "sync_conflicts": lambda db, s, w: db.insert(
        "sync_conflicts",
        sync_log_id=db.insert("sync_logs", user_id=s, device_id="d", actions="[]")["id"],
        entity_type="lesson_progress",
        entity_id=s,
        client_data={},
        server_data={},
    ),
}
# How many rows each audience sees: teacher of the student, approved guardian, pending guardian, admin, other school's admin.
WIDE = {"teacher": 1, "guardian": 1, "pending_guardian": 0, "admin": 2, "other_admin": 1}
STAFF = WIDE | {"guardian": 0}
PRIVATE = {"teacher": 0, "guardian": 0, "pending_guardian": 0, "admin": 0, "other_admin": 0}
AUDIENCES = {
    **dict.fromkeys(
        ["student_progress", "submissions", "profiles", "earned_badges", "achievements", "learning_analytics"], WIDE
    ),
    "learning_preferences": PRIVATE | {"teacher": 1},
    **dict.fromkeys(["ai_interactions", "user_notifications", "sync_logs", "sync_conflicts"], PRIVATE),
}


@pytest.mark.parametrize("table", OWN)
def test_each_audience_sees_its_own_students_and_nobody_elses(spark: Any, world: Any, table: str) -> None:
    for student in (world.student, world.classmate, world.stranger):
        OWN[table](spark, student, world)
    spark.execute("DELETE FROM user_notifications WHERE type <> 'SYSTEM'")
    for student in (world.student, world.classmate, world.stranger):
        with spark.as_user(student):
            assert spark.sees(table) == 1
    for audience, count in AUDIENCES[table].items():
        with spark.as_user(getattr(world, audience)):
            assert spark.sees(table) == count, audience
    with spark.as_role("authenticated_users"):
        assert spark.sees(table) == 0
    for role in ("spark_service", "spark_reader"):
        with spark.as_role(role):
            assert spark.value(f"SELECT count(id) FROM {table}") == 3


def test_a_malformed_identity_is_an_error_and_never_everybody(spark: Any, world: Any) -> None:
    make.progress(spark, world.student, make.a_lesson(spark))
    with spark.throws("22P02"), spark.as_user("not-a-uuid"):
        spark.sees("student_progress")
    with spark.as_user(""):
        assert spark.sees("student_progress") == 0


def test_people_see_accounts_they_have_to_do_with_and_never_a_password(spark: Any, world: Any) -> None:
    seen = {"student": 1, "teacher": 2, "guardian": 2, "pending_guardian": 1, "admin": 5, "other_admin": 2}
    for who, count in seen.items():
        with spark.as_user(getattr(world, who)):
            assert spark.value("SELECT count(id) FROM users") == count, who
            spark.denied("SELECT password_hash FROM users")
    with spark.as_role("spark_reader"):
        spark.denied("SELECT password_hash FROM users")
        assert spark.value("SELECT count(id) FROM users") > 5


def test_a_dropped_student_is_no_longer_the_teachers_to_look_at(spark: Any, world: Any) -> None:
    make.progress(spark, world.student, make.a_lesson(spark))
    for status, count in (("DROPPED", 0), ("INACTIVE", 0), ("COMPLETED", 0), ("ACTIVE", 1)):
        spark.execute("UPDATE enrollments SET status = %s WHERE student_id = %s", status, world.student)
        with spark.as_user(world.teacher):
            assert spark.sees("student_progress") == count


@pytest.mark.parametrize(("status", "count"), [("PENDING", 0), ("APPROVED", 1), ("REJECTED", 0), ("BLOCKED", 0)])
def test_a_guardian_without_approval_sees_no_child(spark: Any, world: Any, status: str, count: int) -> None:
    make.progress(spark, world.student, make.a_lesson(spark))
    spark.execute("UPDATE guardian_links SET status = %s WHERE guardian_id = %s", status, world.guardian)
    with spark.as_user(world.guardian):
        assert (spark.sees("student_progress"), spark.sees("classes"), spark.sees("profiles")) == (count, count, count)


def test_a_deactivated_teacher_or_guardian_sees_nobody(spark: Any, world: Any) -> None:
    make.progress(spark, world.student, make.a_lesson(spark))
    spark.execute(
        "UPDATE users SET is_active = false WHERE id IN (%s, %s, %s)", world.teacher, world.guardian, world.admin
    )
    for who in (world.teacher, world.guardian, world.admin):
        with spark.as_user(who):
            assert spark.sees("student_progress") == 0


@pytest.mark.parametrize("table", ["student_progress", "submissions"])
def test_a_partition_is_no_way_around_its_parents_policies(spark: Any, world: Any, table: str) -> None:
    OWN[table](spark, world.student, world)
    leaves = [
        leaf
        for (leaf,) in spark.rows(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", table
        )
    ]
    assert len(leaves) == 8
    for leaf in leaves:
        spark.execute(f"GRANT SELECT ON {leaf} TO authenticated_users")
        with spark.as_user(world.student):
            assert spark.value(f"SELECT count(*) FROM {leaf}") == 0
        spark.execute(f"REVOKE SELECT ON {leaf} FROM authenticated_users")
        with spark.as_user(world.student):
            spark.denied(f"SELECT count(*) FROM {leaf}")


def test_the_materialized_view_is_read_through_its_function_only(spark: Any, world: Any) -> None:
    make.a_class(spark, world.other_school)
    spark.execute("REFRESH MATERIALIZED VIEW class_performance_summary")
    seen = {"teacher": 1, "other_teacher": 1, "admin": 2, "other_admin": 1, "student": 0, "guardian": 0}
    for who, count in seen.items():
        with spark.as_user(getattr(world, who)):
            spark.denied("SELECT count(*) FROM class_performance_summary")
            assert spark.value("SELECT count(*) FROM my_class_performance()") == count, who
    with spark.as_role("spark_reader"):
        assert spark.sees("class_performance_summary") == 3


# class_roster() as it would be without the function: row security is asked for every row.
ASKING_EVERY_ROW = """
    SELECT e.student_id, pr.first_name, pr.last_name, pr.level, pr.streak, pr.last_active, e.final_grade,
        sp.completed, sp.in_progress, sp.average, sp.time_spent
    FROM enrollments AS e
    INNER JOIN profiles AS pr ON pr.user_id = e.student_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE p.status = 'COMPLETED') AS completed,
            count(*) FILTER (WHERE p.status = 'IN_PROGRESS') AS in_progress,
            round(avg(CASE WHEN p.status = 'COMPLETED' THEN 100.0 ELSE p.progress END), 2) AS average,
            coalesce(sum(p.time_spent), 0) AS time_spent
        FROM student_progress AS p WHERE p.student_id = e.student_id
    ) AS sp
    WHERE e.class_id = %s AND e.status = 'ACTIVE'
    ORDER BY e.student_id"""
ROSTER = "SELECT * FROM class_roster(%s) ORDER BY student_id"


@pytest.fixture
def crowded(spark: Any, world: Any) -> Any:
    """The world with a mixed class: a classmate, one who dropped out, one without a school, one without a profile."""
    world.dropped, world.homeless = make.a_student(spark, world.school), make.a_student(spark)
    world.faceless = make.a_user(spark, "STUDENT", world.school)
    world.head_teacher = make.a_user(spark, "ADMIN", world.school)
    world.led_class = make.a_class(spark, world.school, world.head_teacher)
    world.gone_teacher = make.a_user(spark, "TEACHER", world.school)
    world.left_class = make.a_class(spark, world.school, world.gone_teacher)
    spark.execute("UPDATE users SET is_active = false WHERE id = %s", world.gone_teacher)
    for student in (world.classmate, world.dropped, world.homeless, world.faceless):
        make.enrol(spark, student, world.klass)
    for student in (world.student, world.homeless):
        make.enrol(spark, student, world.led_class), make.enrol(spark, student, world.left_class)
    spark.execute("UPDATE enrollments SET status = 'DROPPED' WHERE student_id = %s", world.dropped)
    lessons = [make.a_lesson(spark) for _ in range(2)]
    for student in (world.student, world.classmate, world.homeless, world.dropped, world.stranger):
        make.progress(spark, student, lessons[0], status="COMPLETED", time_spent=60)
        make.progress(spark, student, lessons[1], status="IN_PROGRESS", progress=25)
    return world


VIEWERS = ["student", "classmate", "dropped", "homeless", "stranger", "teacher", "other_teacher", "gone_teacher",
           "head_teacher", "admin", "other_admin", "guardian", "pending_guardian"]  # fmt: skip


@pytest.mark.parametrize("viewer", VIEWERS)
def test_a_roster_shows_what_the_policies_show_row_by_row(spark: Any, crowded: Any, viewer: str) -> None:
    with spark.as_user(getattr(crowded, viewer)):
        for klass in (crowded.klass, crowded.other_class, crowded.led_class, crowded.left_class, crowded.school):
            assert spark.rows(ROSTER, klass) == spark.rows(ASKING_EVERY_ROW, klass)


def test_a_roster_shows_a_teacher_the_class_an_admin_the_schools_and_others_their_own(spark: Any, crowded: Any) -> None:
    def sees(who: str, klass: str = "klass") -> set[str]:
        names = {getattr(crowded, name): name for name in VIEWERS}
        with spark.as_user(getattr(crowded, who)):
            return {names[student] for student, *_ in spark.rows(ROSTER, getattr(crowded, klass))}

    assert sees("teacher") == {"student", "classmate", "homeless"}
    assert sees("admin") == {"student", "classmate"}
    assert sees("head_teacher") == {"student", "classmate", "homeless"}
    assert sees("guardian") == sees("student") == {"student"}
    assert sees("homeless") == {"homeless"}
    for who in ("dropped", "stranger", "other_teacher", "gone_teacher", "other_admin", "pending_guardian"):
        assert sees(who) == set(), who
    assert sees("gone_teacher", "left_class") == set()
    with spark.as_role("authenticated_users"):
        assert spark.rows(ROSTER, crowded.klass) == []


@pytest.mark.parametrize("role", ["spark_service", "spark_reader"])
def test_the_service_and_reports_get_the_whole_roster_whoever_they_act_for(spark: Any, crowded: Any, role: str) -> None:
    with spark.as_role(role, app__user_id=str(crowded.student)):
        assert len(spark.rows(ROSTER, crowded.klass)) == 3


def test_the_parts_of_a_roster_show_a_person_no_more_than_the_whole(spark: Any, crowded: Any) -> None:
    with spark.as_user(crowded.student):
        spark.denied("SELECT * FROM sum_up_roster(%s, true, NULL)", crowded.klass)
        assert len(spark.rows("SELECT * FROM visible_class_roster(%s)", crowded.klass)) == 1


# my_dashboard() and my_children_overview() as they would be without the functions.
DASHBOARD_ASKING_EVERY_ROW = """
    SELECT
        p.display_name,
        p.level,
        p.xp_points,
        p.level * p.level * 100 AS xp_for_next_level,
        p.crystals,
        p.sparks,
        p.streak,
        (SELECT count(*) FROM earned_badges AS e WHERE e.user_id = p.user_id) AS badges,
        (
            SELECT count(*) FROM student_progress AS sp WHERE sp.student_id = p.user_id AND sp.status = 'COMPLETED'
        ) AS lessons_completed,
        (
            SELECT count(*)
            FROM user_notifications AS n
            WHERE n.user_id = p.user_id AND n.is_read = false AND (n.expires_at IS NULL OR n.expires_at > now())
        ) AS unread_notifications,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'lesson_id', g.lesson_id, 'title', g.title, 'progress', g.progress, 'last_accessed', g.last_accessed
            ) ORDER BY g.last_accessed DESC), '[]')
            FROM (
                SELECT sp.lesson_id, l.title, sp.progress, sp.last_accessed
                FROM student_progress AS sp
                CROSS JOIN LATERAL (SELECT t.title FROM lessons AS t WHERE t.id = sp.lesson_id OFFSET 0) AS l
                WHERE sp.student_id = p.user_id AND sp.status IN ('IN_PROGRESS', 'NOT_STARTED')
                ORDER BY sp.last_accessed DESC
                LIMIT 5
            ) AS g
        ) AS go_on_with,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'assignment_id', a.id, 'title', a.title, 'due_date', a.due_date
            ) ORDER BY a.due_date), '[]')
            FROM enrollments AS e
            INNER JOIN assignments AS a ON a.class_id = e.class_id AND a.is_published
            WHERE e.student_id = p.user_id AND e.status = 'ACTIVE' AND a.due_date > now()
                AND NOT EXISTS (
                    SELECT 1
                    FROM assignment_submissions AS s
                    WHERE s.assignment_id = a.id AND s.student_id = p.user_id
                )
        ) AS due
    FROM profiles AS p
    WHERE p.user_id = %s"""
OVERVIEW_ASKING_EVERY_ROW = """
    SELECT
        g.student_id,
        p.first_name,
        p.last_name,
        p.level,
        p.streak,
        p.last_active,
        week.time_spent,
        week.lessons_completed,
        week.average_score,
        (SELECT count(*) FROM earned_badges AS e WHERE e.user_id = g.student_id) AS badges,
        due.title AS next_assignment,
        due.due_date AS next_due_date
    FROM guardian_links AS g
    INNER JOIN profiles AS p ON p.user_id = g.student_id
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(a.total_time_spent), 0) AS time_spent,
            coalesce(sum(a.lessons_completed), 0) AS lessons_completed,
            round(avg(a.average_score), 2) AS average_score
        FROM learning_analytics AS a
        WHERE a.student_id = g.student_id AND a.date > current_date - 7
    ) AS week
    LEFT JOIN LATERAL (
        SELECT s.title, s.due_date
        FROM enrollments AS e
        INNER JOIN assignments AS s ON s.class_id = e.class_id AND s.is_published AND s.due_date > now()
        WHERE e.student_id = g.student_id AND e.status = 'ACTIVE'
        ORDER BY s.due_date
        LIMIT 1
    ) AS due ON true
    WHERE g.guardian_id = %s AND g.status = 'APPROVED'
    ORDER BY p.first_name, g.student_id"""


@pytest.fixture
def lively(spark: Any, crowded: Any) -> Any:
    """The crowded world with badges, news, lessons of all kinds, days, and work that is due, done, past or a draft."""
    course = make.a_course(spark, is_published=True)
    published = [make.a_lesson(spark, course, is_published=True) for _ in range(6)]
    badge = make.a_badge(spark, {})
    people = {name: getattr(crowded, name) for name in VIEWERS}
    for name, person in people.items():
        spark.insert("user_notifications", user_id=person, title="t", message="m", type="SYSTEM")
        spark.insert("user_notifications", user_id=person, title="t", message="m", type="SYSTEM", is_read=True)
        if not spark.value("SELECT count(*) FROM profiles WHERE user_id = %s", person):
            spark.insert("profiles", user_id=person, first_name=name, last_name="L", display_name=name)
    for student in (crowded.student, crowded.classmate, crowded.homeless, crowded.dropped, crowded.stranger):
        spark.insert("earned_badges", user_id=student, badge_id=badge)
        for day, lesson in enumerate(published):
            make.progress(
                spark, student, lesson, status="IN_PROGRESS", last_accessed=f"2026-02-0{day + 1}", time_spent=9
            )
        spark.execute(
            "UPDATE learning_analytics SET average_score = 50, lessons_completed = 2 WHERE student_id = %s", student
        )
    for reader in (crowded.student, crowded.teacher, crowded.admin):
        make.progress(spark, reader, make.a_lesson(spark), status="IN_PROGRESS", last_accessed="2026-06-01")
    for klass, teacher in ((crowded.klass, crowded.teacher), (crowded.other_class, crowded.other_teacher)):
        _due, done = (make.an_assignment(spark, klass, teacher, due_date=f"2999-0{n}-01") for n in (1, 2))
        make.an_assignment(spark, klass, teacher, is_published=False, due_date="2998-01-01")
        make.an_assignment(spark, klass, teacher, due_date="2020-01-01")
        student = crowded.student if klass == crowded.klass else crowded.classmate
        spark.insert("assignment_submissions", assignment_id=done, student_id=student, content="c")
    return crowded


@pytest.mark.parametrize("viewer", VIEWERS)
def test_the_own_screens_show_what_the_policies_show_row_by_row(spark: Any, lively: Any, viewer: str) -> None:
    person = getattr(lively, viewer)
    with spark.as_user(person):
        allowed = spark.rows(DASHBOARD_ASKING_EVERY_ROW, person)
        assert spark.rows("SELECT * FROM my_dashboard()") == allowed
        assert len(allowed) == 1
        allowed = spark.rows(OVERVIEW_ASKING_EVERY_ROW, person)
        assert spark.rows("SELECT * FROM my_children_overview() ORDER BY first_name, student_id") == allowed
        assert len(allowed) == (1 if viewer == "guardian" else 0)


def test_the_own_screens_are_of_nobody_else(spark: Any, lively: Any) -> None:
    with spark.as_user(lively.student):
        (screen,) = spark.rows(
            "SELECT badges, lessons_completed, unread_notifications, go_on_with, due FROM my_dashboard()"
        )
    assert (screen[0], screen[1], len(screen[3]), len(screen[4])) == (1, 1, 5, 1)
    spark.execute("UPDATE users SET is_active = false WHERE id IN (%s, %s)", lively.guardian, lively.student)
    with spark.as_user(lively.guardian):
        assert spark.rows("SELECT * FROM my_children_overview()") == []
    with spark.as_user(lively.student):
        assert spark.rows("SELECT * FROM my_dashboard()") == spark.rows(DASHBOARD_ASKING_EVERY_ROW, lively.student)
    with spark.as_role("authenticated_users"):
        assert spark.rows("SELECT * FROM my_dashboard()") == spark.rows("SELECT * FROM my_children_overview()") == []


CLASS_ROWS = {
    "student": 1,
    "classmate": 1,
    "teacher": 1,
    "guardian": 1,
    "pending_guardian": 0,
    "admin": 2,
    "other_admin": 0,
}


def test_a_class_is_seen_by_those_who_are_in_it(spark: Any, world: Any) -> None:
    for who, count in CLASS_ROWS.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees("classes") == count, who
            assert spark.sees("enrollments") == count, who


def test_class_figures_are_for_staff(spark: Any, world: Any) -> None:
    for klass in (world.klass, world.other_class):
        spark.insert("class_analytics", class_id=klass, date="2020-01-01")
    for who, count in {"student": 0, "guardian": 0, "teacher": 1, "admin": 2, "other_admin": 0}.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees("class_analytics") == count, who


def test_people_see_their_own_school_and_only_its_admin_changes_it(spark: Any, world: Any) -> None:
    for who in ("student", "teacher", "admin"):
        with spark.as_user(getattr(world, who)):
            assert spark.rows("SELECT id FROM schools") == [(world.school,)]
    with spark.as_user(world.teacher):
        spark.filtered("UPDATE schools SET name = 'Mine'")
    with spark.as_user(world.admin):
        assert spark.execute("UPDATE schools SET name = 'Ours'").rowcount == 1
        spark.denied("UPDATE schools SET is_active = false")


# Students ------------------------------------------------------------------------------------------------------


def test_a_student_writes_own_progress_only_and_deletes_none(spark: Any, world: Any) -> None:
    lesson, other = make.a_lesson(spark), make.a_lesson(spark)
    make.progress(spark, world.classmate, lesson)
    with spark.as_user(world.student):
        make.progress(spark, world.student, lesson)
        assert spark.execute("UPDATE student_progress SET status = 'COMPLETED', progress = 100").rowcount == 1
        spark.filtered("UPDATE student_progress SET progress = 0 WHERE student_id = %s", world.classmate)
        spark.check_violation(
            "INSERT INTO student_progress (student_id, lesson_id) VALUES (%s, %s)", world.classmate, other
        )
        spark.denied("DELETE FROM student_progress")
        assert (
            spark.value("SELECT outcome FROM record_progress(%s, %s, 'IN_PROGRESS', 5)", world.student, other)
            == "inserted"
        )
    with spark.throws("42501", match="row-level security"), spark.as_user(world.student):
        spark.row("SELECT * FROM record_progress(%s, %s, 'IN_PROGRESS', 5)", world.classmate, other)


def test_a_students_conflict_is_logged_and_readable_by_the_student(spark: Any, world: Any) -> None:
    lesson = make.a_lesson(spark)
    make.progress(spark, world.student, lesson, progress=50)
    with spark.as_user(world.student):
        outcome = spark.value("SELECT outcome FROM record_progress(%s, %s, 'IN_PROGRESS', 5)", world.student, lesson)
        assert (outcome, spark.sees("sync_conflicts"), spark.sees("sync_logs")) == ("conflict", 1, 1)
    with spark.as_user(world.classmate):
        assert (spark.sees("sync_conflicts"), spark.sees("sync_logs")) == (0, 0)


@pytest.mark.parametrize(
    "column",
    ["xp_points", "level", "streak", "crystals", "sparks", "total_time_spent", "last_active", "grade", "user_id"],
)
def test_a_student_cannot_write_the_state_of_the_game(spark: Any, world: Any, column: str) -> None:
    with spark.as_user(world.student):
        spark.denied(f"UPDATE profiles SET {column} = {column}")
        spark.denied("INSERT INTO profiles (user_id) VALUES (%s)", world.student)
        assert spark.execute("UPDATE profiles SET display_name = 'Star'").rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET role = 'ADMIN'",
        "UPDATE users SET school_id = NULL",
        "UPDATE users SET is_active = true",
        "INSERT INTO earned_badges (user_id, badge_id) SELECT current_user_id(), id FROM badges",
        "INSERT INTO achievements (student_id, type, title, xp_awarded) VALUES (current_user_id(), 'LEVEL_UP', 't', 99)",
        "UPDATE learning_analytics SET xp_gained = 1000",
        "UPDATE leaderboards SET rankings = '[]'",
        "UPDATE guilds SET total_xp = 1000",
        "UPDATE guild_memberships SET contribution_xp = 1000",
        "UPDATE guild_quests SET current_value = 1000",
        "INSERT INTO user_notifications (user_id) VALUES (current_user_id())",
        "UPDATE user_notifications SET message = 'x'",
        "UPDATE sync_logs SET status = 'COMPLETED'",
        "UPDATE sync_conflicts SET resolved_at = now()",
        "UPDATE submissions SET answers = '{}'",
        "SELECT * FROM audit_logs",
        "SELECT * FROM student_progress_keys",
        "SELECT * FROM submission_keys",
        "SELECT * FROM sync_logs_archive",
        "INSERT INTO submissions (student_id, quiz_id, answers, time_spent, score) SELECT current_user_id(), id, '{}', 1, 100 FROM quizzes",
        "INSERT INTO submissions (student_id, quiz_id, answers, time_spent, max_score) SELECT current_user_id(), id, '{}', 1, 1 FROM quizzes",
        "TRUNCATE student_progress",
        "SELECT correct_answer FROM questions",
        "UPDATE lessons SET title = 'x'",
        "SELECT pay_reward(current_user_id(), 100, 0, 0)",
        "SELECT * FROM award_badges(current_user_id())",
        "SELECT rebuild_leaderboards()",
        "SELECT archive_old_sync_logs()",
        "SELECT resolve_sync_conflict(current_user_id(), 'merge')",
        "SELECT count_learning(current_user_id(), true, ARRAY[now()], ARRAY[5])",
        "SELECT refresh_analytics()",
    ],
)
def test_a_person_has_no_right_to_what_the_game_and_the_back_end_do(spark: Any, world: Any, statement: str) -> None:
    with spark.as_user(world.student):
        spark.denied(statement)


def test_a_student_hands_in_and_never_grades(spark: Any, world: Any) -> None:
    quiz = make.a_quiz(spark, is_published=True)
    make.a_question(spark, quiz, points=5)
    hand_in = "INSERT INTO submissions (student_id, quiz_id, answers, time_spent) VALUES (%s, %s, '{}', 60)"
    with spark.as_user(world.student):
        assert spark.execute(hand_in, world.student, quiz).rowcount == 1
        assert spark.row("SELECT max_score, score, attempt FROM submissions") == (5, None, 1)
        spark.filtered("UPDATE submissions SET score = 100")
        spark.check_violation(hand_in, world.classmate, quiz)
        sent = spark.row(
            "SELECT outcome, attempt FROM record_submission(gen_random_uuid(), %s, %s, '{}', 60)", world.student, quiz
        )
        assert sent == ("inserted", 2)
    with spark.as_user(world.other_teacher):
        spark.filtered("UPDATE submissions SET score = 100")
    with spark.as_user(world.teacher):
        assert spark.execute("UPDATE submissions SET score = 80, feedback = 'good' WHERE attempt = 1").rowcount == 1
        assert spark.row("SELECT graded_by, graded_at IS NOT NULL FROM submissions WHERE attempt = 1") == (
            world.teacher,
            True,
        )
        spark.execute("UPDATE submissions SET score = NULL WHERE attempt = 1")
        assert spark.row("SELECT graded_by, graded_at FROM submissions WHERE attempt = 1") == (None, None)
    with spark.as_user(world.guardian):
        assert spark.sees("submissions") == 2
        spark.filtered("UPDATE submissions SET score = 100")


def test_questions_are_read_without_answers_and_drafts_by_staff_only(spark: Any, world: Any) -> None:
    open_quiz, draft = make.a_quiz(spark, is_published=True), make.a_quiz(spark)
    for quiz in (open_quiz, draft):
        make.a_question(spark, quiz)
    count = "SELECT (SELECT count(*) FROM quiz_questions(%s)), (SELECT count(*) FROM quiz_answer_key(%s))"
    with spark.as_user(world.student):
        assert spark.row(count, open_quiz, open_quiz) == (1, 0)
        assert spark.row(count, draft, draft) == (0, 0)
        assert spark.sees("quizzes") == 1
    with spark.as_user(world.teacher):
        assert spark.row(count, draft, draft) == (1, 1)
        assert spark.sees("quizzes") == 2
    with spark.as_role("authenticated_users"):
        assert spark.row(count, open_quiz, open_quiz) == (0, 0)
        assert spark.sees("quizzes") == 0


@pytest.mark.parametrize("table", ["courses", "lessons"])
def test_drafts_are_for_staff(spark: Any, world: Any, table: str) -> None:
    course = make.a_course(spark, is_published=True)
    make.a_course(spark)
    make.a_lesson(spark, course, is_published=True), make.a_lesson(spark, course)
    for who, count in {"student": 1, "guardian": 1, "teacher": 2, "admin": 2}.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees(table) == count


def test_translations_of_questions_are_not_for_people(spark: Any, world: Any) -> None:
    question, lesson = make.a_question(spark, make.a_quiz(spark)), make.a_lesson(spark)
    for thing, kind in ((question, "question"), (lesson, "lesson")):
        spark.insert("content_translations", content_id=thing, content_type=kind, language="hi", translated_content={})
    with spark.as_user(world.student):
        assert spark.rows("SELECT content_type FROM content_translations") == [("lesson",)]


def test_notifications_are_read_and_marked_by_their_owner(spark: Any, world: Any) -> None:
    for who in (world.student, world.classmate):
        spark.insert("user_notifications", user_id=who, title="t", message="m", type="SYSTEM")
    with spark.as_user(world.student):
        assert spark.execute("UPDATE user_notifications SET is_read = true").rowcount == 1
        spark.denied("DELETE FROM user_notifications")


def test_a_companions_answer_is_rated_by_its_student(spark: Any, world: Any) -> None:
    spark.insert("ai_interactions", student_id=world.student, interaction_type="hint", ai_response="r")
    with spark.as_user(world.student):
        assert spark.execute("UPDATE ai_interactions SET student_feedback = 5, was_helpful = true").rowcount == 1
        spark.denied("UPDATE ai_interactions SET ai_response = 'x'")
    with spark.as_role("spark_reader"):
        spark.denied("SELECT ai_response FROM ai_interactions")


def test_a_student_keeps_own_preferences(spark: Any, world: Any) -> None:
    with spark.as_user(world.student):
        spark.insert("learning_preferences", student_id=world.student)
        assert spark.execute("UPDATE learning_preferences SET learning_style = 'auditory'").rowcount == 1
        spark.check_violation("INSERT INTO learning_preferences (student_id) VALUES (%s)", world.classmate)
        assert spark.execute("DELETE FROM learning_preferences").rowcount == 1


def test_students_join_and_leave_guilds_of_their_school(spark: Any, world: Any) -> None:
    here = spark.insert("guilds", name="Here", leader_id=world.classmate, school_id=world.school)["id"]
    there = spark.insert("guilds", name="There", leader_id=world.stranger, school_id=world.other_school)["id"]
    spark.insert("guild_quests", title="Q", description="d", guild_id=here, target_value=5)
    join = "INSERT INTO guild_memberships (guild_id, student_id) VALUES (%s, %s)"
    with spark.as_user(world.student):
        assert spark.rows("SELECT name FROM guilds") == [("Here",)]
        assert (spark.sees("guild_memberships"), spark.sees("guild_quests")) == (0, 0)
        spark.execute(join, here, world.student)
        assert (spark.sees("guild_memberships"), spark.sees("guild_quests")) == (2, 1)
        with spark.throws("23514", constraint="guild_memberships_student_is_of_school"):
            spark.execute(join, there, world.student)
        spark.filtered("DELETE FROM guild_memberships WHERE student_id = %s", world.classmate)
        spark.denied(
            "INSERT INTO guild_memberships (guild_id, student_id, contribution_xp) VALUES (%s, %s, 9)",
            here,
            world.student,
        )
        assert spark.execute("DELETE FROM guild_memberships WHERE student_id = %s", world.student).rowcount == 1
    newcomer = make.a_student(spark, world.school)
    with spark.throws("42501", match="row-level security"), spark.as_user(world.student):
        spark.execute(join, here, newcomer)


# Guardians, teachers, admins -----------------------------------------------------------------------------------


def test_a_guardian_asks_and_the_school_decides(spark: Any, world: Any) -> None:
    ask = "INSERT INTO guardian_links (guardian_id, student_id) VALUES (%s, %s)"
    with spark.as_user(world.guardian):
        spark.execute(ask, world.guardian, world.classmate)
        assert (
            spark.value("SELECT status::text FROM guardian_links WHERE student_id = %s", world.classmate) == "PENDING"
        )
        spark.denied(
            "INSERT INTO guardian_links (guardian_id, student_id, status) VALUES (%s, %s, 'APPROVED')",
            world.guardian,
            world.stranger,
        )
        spark.filtered("UPDATE guardian_links SET status = 'APPROVED'")
        spark.check_violation(ask, world.pending_guardian, world.classmate)
    for who in (world.student, world.teacher, world.other_admin):
        with spark.as_user(who):
            spark.filtered("UPDATE guardian_links SET status = 'APPROVED'")
    with spark.as_user(world.admin):
        assert (
            spark.execute(
                "UPDATE guardian_links SET status = 'APPROVED' WHERE student_id = %s", world.classmate
            ).rowcount
            == 1
        )
        approved = spark.row(
            "SELECT approved_by, approved_at IS NOT NULL FROM guardian_links WHERE student_id = %s", world.classmate
        )
        assert approved == (world.admin, True)
        spark.execute("UPDATE guardian_links SET status = 'BLOCKED' WHERE student_id = %s", world.classmate)
        approved = spark.row(
            "SELECT approved_by, approved_at FROM guardian_links WHERE student_id = %s", world.classmate
        )
        assert approved == (None, None)
    with spark.as_user(world.guardian):
        spark.filtered("DELETE FROM guardian_links WHERE student_id = %s", world.classmate)
        assert spark.execute("DELETE FROM guardian_links WHERE student_id = %s", world.student).rowcount == 1


def test_nobody_approves_a_link_to_himself(spark: Any, world: Any) -> None:
    for who in (world.pending_guardian, world.student):
        with (
            spark.throws("23514", constraint="guardian_links_approved_by_school"),
            spark.as_role("spark_service", app__user_id=str(who)),
        ):
            spark.execute(
                "UPDATE guardian_links SET status = 'APPROVED' WHERE guardian_id = %s", world.pending_guardian
            )
    with spark.throws("23514", constraint="guardian_links_approved_by_school"):
        spark.execute(
            "UPDATE guardian_links SET status = 'APPROVED', approved_by = guardian_id WHERE guardian_id = %s",
            world.pending_guardian,
        )


def test_a_teacher_sets_work_for_own_classes(spark: Any, world: Any) -> None:
    with spark.as_user(world.teacher):
        mine = make.an_assignment(spark, world.klass, world.teacher)
        make.an_assignment(spark, world.klass, world.teacher, is_published=False)
    for klass, teacher in ((world.other_class, world.teacher), (world.klass, world.other_teacher)):
        with spark.throws("42501", match="row-level security"), spark.as_user(world.teacher):
            make.an_assignment(spark, klass, teacher)
    for who, count in {
        "student": 1,
        "classmate": 0,
        "guardian": 1,
        "pending_guardian": 0,
        "teacher": 2,
        "other_teacher": 0,
        "admin": 2,
    }.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees("assignments") == count, who
    with spark.as_user(world.other_teacher):
        spark.filtered("UPDATE assignments SET title = 'x'")
    with spark.as_user(world.teacher):
        assert spark.execute("DELETE FROM assignments WHERE id <> %s", mine).rowcount == 1


def test_work_is_handed_in_by_the_class_and_graded_by_its_teacher(spark: Any, world: Any) -> None:
    work = make.an_assignment(spark, world.klass, world.teacher)
    draft = make.an_assignment(spark, world.klass, world.teacher, is_published=False)
    hand_in = "INSERT INTO assignment_submissions (assignment_id, student_id, content) VALUES (%s, %s, 'first')"
    with spark.as_user(world.student):
        spark.execute(hand_in, work, world.student)
        spark.check_violation(hand_in, draft, world.student)
        assert spark.execute("UPDATE assignment_submissions SET content = 'second'").rowcount == 1
        with spark.throws("42501", match="do not grade"):
            spark.execute("UPDATE assignment_submissions SET score = 100")
        spark.denied("UPDATE assignment_submissions SET is_late = false")
    with spark.throws("23514", constraint="assignment_submissions_student_attends_class"):
        spark.execute(hand_in, work, world.classmate)
    for who, count in {
        "classmate": 0,
        "guardian": 1,
        "teacher": 1,
        "other_teacher": 0,
        "admin": 1,
        "other_admin": 0,
    }.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees("assignment_submissions") == count, who
    with spark.as_user(world.teacher):
        assert spark.execute("UPDATE assignment_submissions SET score = 90").rowcount == 1
        assert spark.value("SELECT graded_by FROM assignment_submissions") == world.teacher
    with spark.as_user(world.student):
        spark.filtered("UPDATE assignment_submissions SET content = 'third'")


def test_an_admin_enrols_and_a_teacher_grades_the_year(spark: Any, world: Any) -> None:
    with spark.as_user(world.admin):
        make.enrol(spark, world.classmate, world.klass)
    for who in (world.teacher, world.student):
        with spark.throws("42501", match="row-level security"), spark.as_user(who):
            spark.execute(
                "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)", world.student, world.other_class
            )
    with spark.as_user(world.teacher):
        assert spark.execute("UPDATE enrollments SET final_grade = 'A+'").rowcount == 2
    with spark.as_user(world.student):
        spark.filtered("UPDATE enrollments SET final_grade = 'A+'")
    elsewhere = make.a_user(spark, "TEACHER", world.other_school)
    open_class = (
        """INSERT INTO classes (name, subject, grade, teacher_id, school_id) VALUES ('9B', 'Science', 9, %s, %s)"""
    )
    with spark.as_user(world.admin):
        assert spark.execute(open_class, world.teacher, world.school).rowcount == 1
        spark.check_violation(open_class, elsewhere, world.other_school)


def test_boards_are_seen_by_those_they_compare(spark: Any, world: Any) -> None:
    for scope, scope_id in (
        ("CLASS", world.klass),
        ("CLASS", world.other_class),
        ("SCHOOL", world.school),
        ("SCHOOL", world.other_school),
        ("GLOBAL", None),
    ):
        spark.insert("leaderboards", scope=scope, scope_id=scope_id, timeframe="DAILY", rankings="[]")
    seen = {"student": 3, "teacher": 3, "admin": 4, "stranger": 2, "guardian": 1}
    for who, count in seen.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees("leaderboards") == count, who
    with spark.as_role("authenticated_users"):
        assert spark.sees("leaderboards") == 0


# The back end and the reports ----------------------------------------------------------------------------------


def test_the_service_does_everything_but_rewrite_the_trail(spark: Any, world: Any) -> None:
    with spark.as_role("spark_service"):
        student = make.a_student(spark, world.school)
        make.enrol(spark, student, world.klass)
        make.progress(spark, student, make.a_lesson(spark))
        make.a_submission(spark, student, make.a_quiz(spark), score=50)
        spark.rows("SELECT * FROM award_badges(%s)", student)
        spark.rows("SELECT * FROM rebuild_leaderboards()")
        spark.execute("DELETE FROM users WHERE id = %s", student)
        spark.insert("audit_logs", action="EXPORT")
        spark.denied("DELETE FROM audit_logs")
        spark.denied("UPDATE audit_logs SET action = 'x'")
        spark.denied("DELETE FROM student_progress_keys")


def test_reports_read_without_secrets_and_write_nothing(spark: Any, world: Any) -> None:
    with spark.as_role("spark_reader"):
        for column, table in (
            ("password_hash", "users"),
            ("notes", "guardian_links"),
            ("old_values", "audit_logs"),
            ("correct_answer", "questions"),
        ):
            spark.denied(f"SELECT {column} FROM {table}")
        spark.denied("UPDATE profiles SET xp_points = 1")
        spark.denied("DELETE FROM student_progress")
        assert spark.value("SELECT count(id) FROM audit_logs") > 0


def test_nobody_but_the_products_roles_has_a_grant(spark: Any) -> None:
    grantees = spark.rows(
        """SELECT DISTINCT a.grantee::regrole::text FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.relnamespace = current_schema()::regnamespace AND a.grantee <> c.relowner"""
    )
    assert {g for (g,) in grantees} <= {"authenticated_users", "spark_service", "spark_reader"}


def test_the_policy_reads_own_rows_by_index(spark: Any, world: Any) -> None:
    for who in ("student", "teacher", "guardian", "admin"):
        with spark.as_user(getattr(world, who)):
            plan = spark.plan("SELECT * FROM student_progress WHERE student_id = %s", world.student, prefer_index=True)
            assert not plan.seq_scans, plan.text
