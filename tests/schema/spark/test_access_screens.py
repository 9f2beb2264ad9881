"""Rosters and first screens: what a function asks once is what the policies would have answered row by row."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    World,
    a_badge,
    a_class,
    a_course,
    a_lesson,
    a_progress,
    a_student,
    a_user,
    an_assignment,
    an_enrolment,
)

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
def crowded(spark: Database, world: World) -> World:
    """The world with a mixed class: a classmate, one who dropped out, one without a school, one without a profile."""
    world.dropped, world.homeless = a_student(spark, world.school)["id"], a_student(spark)["id"]
    world.faceless = a_user(spark, "STUDENT", world.school)["id"]
    world.head_teacher = a_user(spark, "ADMIN", world.school)["id"]
    world.led_class = a_class(spark, world.school, world.head_teacher)["id"]
    world.gone_teacher = a_user(spark, "TEACHER", world.school)["id"]
    world.left_class = a_class(spark, world.school, world.gone_teacher)["id"]
    spark.execute("UPDATE users SET is_active = false WHERE id = %s", world.gone_teacher)
    for student in (world.classmate, world.dropped, world.homeless, world.faceless):
        an_enrolment(spark, student, world.klass)
    for student in (world.student, world.homeless):
        an_enrolment(spark, student, world.led_class), an_enrolment(spark, student, world.left_class)
    spark.execute("UPDATE enrollments SET status = 'DROPPED' WHERE student_id = %s", world.dropped)
    lessons = [a_lesson(spark)["id"] for _ in range(2)]
    for student in (world.student, world.classmate, world.homeless, world.dropped, world.stranger):
        a_progress(spark, student, lessons[0], status="COMPLETED", time_spent=60)
        a_progress(spark, student, lessons[1], status="IN_PROGRESS", progress=25)
    return world


VIEWERS = ["student", "classmate", "dropped", "homeless", "stranger", "teacher", "other_teacher", "gone_teacher",
           "head_teacher", "admin", "other_admin", "guardian", "pending_guardian"]  # fmt: skip


@pytest.mark.parametrize("viewer", VIEWERS)
def test_a_roster_shows_what_the_policies_show_row_by_row(spark: Database, crowded: World, viewer: str) -> None:
    with spark.as_user(getattr(crowded, viewer)):
        for klass in (crowded.klass, crowded.other_class, crowded.led_class, crowded.left_class, crowded.school):
            assert spark.rows(ROSTER, klass) == spark.rows(ASKING_EVERY_ROW, klass)


def test_a_roster_shows_a_teacher_the_class_an_admin_the_schools_and_others_their_own(
    spark: Database, crowded: World
) -> None:
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
    with spark.as_role("spark_people"):
        assert spark.rows(ROSTER, crowded.klass) == []


@pytest.mark.parametrize("role", ["spark_service", "spark_reader"])
def test_the_service_and_reports_get_the_whole_roster_whoever_they_act_for(
    spark: Database, crowded: World, role: str
) -> None:
    with spark.as_role(role, app__user_id=str(crowded.student)):
        assert len(spark.rows(ROSTER, crowded.klass)) == 3


def test_the_parts_of_a_roster_show_a_person_no_more_than_the_whole(spark: Database, crowded: World) -> None:
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
def lively(spark: Database, crowded: World) -> World:
    """The crowded world with badges, news, lessons of all kinds, days, and work that is due, done, past or a draft."""
    course = a_course(spark, is_published=True)["id"]
    published = [a_lesson(spark, course, is_published=True)["id"] for _ in range(6)]
    badge = a_badge(spark, {})["id"]
    people = {name: getattr(crowded, name) for name in VIEWERS}
    for name, person in people.items():
        spark.insert("user_notifications", user_id=person, title="t", message="m", type="SYSTEM")
        spark.insert("user_notifications", user_id=person, title="t", message="m", type="SYSTEM", is_read=True)
        if not spark.value("SELECT count(*) FROM profiles WHERE user_id = %s", person):
            spark.insert("profiles", user_id=person, first_name=name, last_name="L", display_name=name)
    for student in (crowded.student, crowded.classmate, crowded.homeless, crowded.dropped, crowded.stranger):
        spark.insert("earned_badges", user_id=student, badge_id=badge)
        for day, lesson in enumerate(published):
            a_progress(spark, student, lesson, status="IN_PROGRESS", last_accessed=f"2026-02-0{day + 1}", time_spent=9)
        spark.execute(
            "UPDATE learning_analytics SET average_score = 50, lessons_completed = 2 WHERE student_id = %s", student
        )
    for reader in (crowded.student, crowded.teacher, crowded.admin):
        a_progress(spark, reader, a_lesson(spark)["id"], status="IN_PROGRESS", last_accessed="2026-06-01")
    for klass, teacher in ((crowded.klass, crowded.teacher), (crowded.other_class, crowded.other_teacher)):
        _due, done = (an_assignment(spark, klass, teacher, due_date=f"2999-0{n}-01")["id"] for n in (1, 2))
        an_assignment(spark, klass, teacher, is_published=False, due_date="2998-01-01")
        an_assignment(spark, klass, teacher, due_date="2020-01-01")
        student = crowded.student if klass == crowded.klass else crowded.classmate
        spark.insert("assignment_submissions", assignment_id=done, student_id=student, content="c")
    return crowded


@pytest.mark.parametrize("viewer", VIEWERS)
def test_the_own_screens_show_what_the_policies_show_row_by_row(spark: Database, lively: World, viewer: str) -> None:
    person = getattr(lively, viewer)
    with spark.as_user(person):
        allowed = spark.rows(DASHBOARD_ASKING_EVERY_ROW, person)
        assert spark.rows("SELECT * FROM my_dashboard()") == allowed
        assert len(allowed) == (0 if viewer == "gone_teacher" else 1)
        allowed = spark.rows(OVERVIEW_ASKING_EVERY_ROW, person)
        assert spark.rows("SELECT * FROM my_children_overview() ORDER BY first_name, student_id") == allowed
        assert len(allowed) == (1 if viewer == "guardian" else 0)


def test_the_own_screens_are_of_nobody_else(spark: Database, lively: World) -> None:
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
    with spark.as_role("spark_people"):
        assert spark.rows("SELECT * FROM my_dashboard()") == spark.rows("SELECT * FROM my_children_overview()") == []
