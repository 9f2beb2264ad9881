"""Who writes what: students, guardians, teachers and admins, each allowed and refused side by side."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    World,
    a_course,
    a_lesson,
    a_progress,
    a_question,
    a_quiz,
    a_student,
    a_user,
    an_assignment,
    an_enrolment,
)

# Students


def test_a_student_writes_own_progress_only_and_deletes_none(spark: Database, world: World) -> None:
    lesson, other = a_lesson(spark)["id"], a_lesson(spark)["id"]
    a_progress(spark, world.classmate, lesson)
    with spark.as_user(world.student):
        a_progress(spark, world.student, lesson)
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


def test_a_students_conflict_is_logged_and_readable_by_the_student(spark: Database, world: World) -> None:
    lesson = a_lesson(spark)["id"]
    a_progress(spark, world.student, lesson, progress=50)
    with spark.as_user(world.student):
        outcome = spark.value("SELECT outcome FROM record_progress(%s, %s, 'IN_PROGRESS', 5)", world.student, lesson)
        assert (outcome, spark.sees("sync_conflicts"), spark.sees("sync_logs")) == ("conflict", 1, 1)
    with spark.as_user(world.classmate):
        assert (spark.sees("sync_conflicts"), spark.sees("sync_logs")) == (0, 0)


@pytest.mark.parametrize(
    "column",
    ["xp_points", "level", "streak", "crystals", "sparks", "total_time_spent", "last_active", "grade", "user_id"],
)
def test_a_student_cannot_write_the_state_of_the_game(spark: Database, world: World, column: str) -> None:
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
def test_a_person_has_no_right_to_what_the_game_and_the_back_end_do(
    spark: Database, world: World, statement: str
) -> None:
    with spark.as_user(world.student):
        spark.denied(statement)


def test_a_student_hands_in_and_never_grades(spark: Database, world: World) -> None:
    quiz = a_quiz(spark, is_published=True)["id"]
    a_question(spark, quiz, points=5)
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


def test_questions_are_read_without_answers_and_drafts_by_staff_only(spark: Database, world: World) -> None:
    open_quiz, draft = a_quiz(spark, is_published=True)["id"], a_quiz(spark)["id"]
    for quiz in (open_quiz, draft):
        a_question(spark, quiz)
    count = "SELECT (SELECT count(*) FROM quiz_questions(%s)), (SELECT count(*) FROM quiz_answer_key(%s))"
    with spark.as_user(world.student):
        assert spark.row(count, open_quiz, open_quiz) == (1, 0)
        assert spark.row(count, draft, draft) == (0, 0)
        assert spark.sees("quizzes") == 1
    with spark.as_user(world.teacher):
        assert spark.row(count, draft, draft) == (1, 1)
        assert spark.sees("quizzes") == 2
    with spark.as_role("spark_people"):
        assert spark.row(count, open_quiz, open_quiz) == (0, 0)
        assert spark.sees("quizzes") == 0


@pytest.mark.parametrize("table", ["courses", "lessons"])
def test_drafts_are_for_staff(spark: Database, world: World, table: str) -> None:
    course = a_course(spark, is_published=True)["id"]
    a_course(spark)
    a_lesson(spark, course, is_published=True), a_lesson(spark, course)
    for who, count in {"student": 1, "guardian": 1, "teacher": 2, "admin": 2}.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees(table) == count


def test_translations_of_questions_are_not_for_people(spark: Database, world: World) -> None:
    question, lesson = a_question(spark, a_quiz(spark)["id"])["id"], a_lesson(spark)["id"]
    for thing, kind in ((question, "question"), (lesson, "lesson")):
        spark.insert("content_translations", content_id=thing, content_type=kind, language="hi", translated_content={})
    with spark.as_user(world.student):
        assert spark.rows("SELECT content_type FROM content_translations") == [("lesson",)]


def test_notifications_are_read_and_marked_by_their_owner(spark: Database, world: World) -> None:
    for who in (world.student, world.classmate):
        spark.insert("user_notifications", user_id=who, title="t", message="m", type="SYSTEM")
    with spark.as_user(world.student):
        assert spark.execute("UPDATE user_notifications SET is_read = true").rowcount == 1
        spark.denied("DELETE FROM user_notifications")


def test_a_companions_answer_is_rated_by_its_student(spark: Database, world: World) -> None:
    spark.insert("ai_interactions", student_id=world.student, interaction_type="hint", ai_response="r")
    with spark.as_user(world.student):
        assert spark.execute("UPDATE ai_interactions SET student_feedback = 5, was_helpful = true").rowcount == 1
        spark.denied("UPDATE ai_interactions SET ai_response = 'x'")
    with spark.as_role("spark_reader"):
        spark.denied("SELECT ai_response FROM ai_interactions")


def test_a_student_keeps_own_preferences(spark: Database, world: World) -> None:
    with spark.as_user(world.student):
        spark.insert("learning_preferences", student_id=world.student)
        assert spark.execute("UPDATE learning_preferences SET learning_style = 'auditory'").rowcount == 1
        spark.check_violation("INSERT INTO learning_preferences (student_id) VALUES (%s)", world.classmate)
        assert spark.execute("DELETE FROM learning_preferences").rowcount == 1


def test_students_join_and_leave_guilds_of_their_school(spark: Database, world: World) -> None:
    here = spark.insert("guilds", name="Here", leader_id=world.classmate, school_id=world.school)["id"]
    there = spark.insert("guilds", name="There", leader_id=world.stranger, school_id=world.other_school)["id"]
    spark.insert("guild_quests", title="Q", description="d", guild_id=here, target_value=5)
    join = "INSERT INTO guild_memberships (guild_id, student_id) VALUES (%s, %s)"
    with spark.as_user(world.student):
        assert spark.rows("SELECT name FROM guilds") == [("Here",)]
        assert (spark.sees("guild_memberships"), spark.sees("guild_quests")) == (0, 0)
        spark.execute(join, here, world.student)
        assert (spark.sees("guild_memberships"), spark.sees("guild_quests")) == (2, 1)
        with spark.throws("42501", match="row-level security"):
            spark.execute(join, there, world.student)
        spark.filtered("DELETE FROM guild_memberships WHERE student_id = %s", world.classmate)
        spark.denied(
            "INSERT INTO guild_memberships (guild_id, student_id, contribution_xp) VALUES (%s, %s, 9)",
            here,
            world.student,
        )
        assert spark.execute("DELETE FROM guild_memberships WHERE student_id = %s", world.student).rowcount == 1
    newcomer = a_student(spark, world.school)["id"]
    with spark.throws("42501", match="row-level security"), spark.as_user(world.student):
        spark.execute(join, here, newcomer)


# Guardians, teachers, admins


def test_a_guardian_asks_and_the_school_decides(spark: Database, world: World) -> None:
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


def test_nobody_approves_a_link_to_himself(spark: Database, world: World) -> None:
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


def test_a_teacher_sets_work_for_own_classes(spark: Database, world: World) -> None:
    with spark.as_user(world.teacher):
        mine = an_assignment(spark, world.klass, world.teacher)["id"]
        an_assignment(spark, world.klass, world.teacher, is_published=False)
    with spark.throws("42501", match="row-level security"), spark.as_user(world.teacher):
        an_assignment(spark, world.other_class, world.teacher)
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


def test_work_is_handed_in_by_the_class_and_graded_by_its_teacher(spark: Database, world: World) -> None:
    work = an_assignment(spark, world.klass, world.teacher)["id"]
    draft = an_assignment(spark, world.klass, world.teacher, is_published=False)["id"]
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


def test_an_admin_enrols_and_a_teacher_grades_the_year(spark: Database, world: World) -> None:
    with spark.as_user(world.admin):
        an_enrolment(spark, world.classmate, world.klass)
    for who in (world.teacher, world.student):
        with spark.throws("42501", match="row-level security"), spark.as_user(who):
            spark.execute(
                "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)", world.student, world.other_class
            )
    with spark.as_user(world.teacher):
        assert spark.execute("UPDATE enrollments SET final_grade = 'A+'").rowcount == 2
    with spark.as_user(world.student):
        spark.filtered("UPDATE enrollments SET final_grade = 'A+'")
    elsewhere = a_user(spark, "TEACHER", world.other_school)["id"]
    open_class = (
        """INSERT INTO classes (name, subject, grade, teacher_id, school_id) VALUES ('9B', 'Science', 9, %s, %s)"""
    )
    with spark.as_user(world.admin):
        assert spark.execute(open_class, world.teacher, world.school).rowcount == 1
        spark.check_violation(open_class, elsewhere, world.other_school)


def test_boards_are_seen_by_those_they_compare(spark: Database, world: World) -> None:
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
    with spark.as_role("spark_people"):
        assert spark.sees("leaderboards") == 0
