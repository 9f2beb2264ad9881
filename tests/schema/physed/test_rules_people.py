"""Users, preferences, assistants, memories, lessons: rules R1 to R3, R15, R68 in part, and optimistic locking R93."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import NOT_MAIL, a_student, a_user, json


def test_r1_two_users_cannot_share_an_email_whatever_its_case(physed: Database) -> None:
    assert a_user(physed, email="Maya@School.Example")["email"] == "maya@school.example"
    with physed.throws("23505", constraint="users_email_key"):
        a_user(physed, email="MAYA@school.example")


def test_r2_a_user_has_one_row_of_preferences_at_most(physed: Database) -> None:
    user = a_user(physed)
    assert physed.insert("user_preferences", user_id=user["id"])["theme"] == "system"
    with physed.throws("23505", constraint="user_preferences_user_id_key"):
        physed.insert("user_preferences", user_id=user["id"])


def test_r3_a_subject_category_has_a_name_of_its_own(physed: Database) -> None:
    physed.insert("subject_categories", name="Games")
    with physed.throws("23505", constraint="subject_categories_name_key"):
        physed.insert("subject_categories", name="Games")


@pytest.mark.parametrize("email", NOT_MAIL)
def test_r15_a_user_needs_an_email_that_could_exist(physed: Database, email: str) -> None:
    with physed.throws("23514", constraint="users_email_format_check"):
        a_user(physed, email=email)


@pytest.mark.parametrize("email", ["o'neill+pe@sub.school.example", "zoë@schule.example"])
def test_an_unusual_email_is_accepted(physed: Database, email: str) -> None:
    assert a_user(physed, email=email)["email"] == email


def test_a_subject_categorys_level_is_the_depth_of_its_path(physed: Database) -> None:
    physed.insert("subject_categories", name="PE", path="pe", level=1)
    physed.insert("subject_categories", name="Games", path="pe/games", level=2)
    physed.insert("subject_categories", name="Unplaced")
    for wrong in ({"path": "pe/fitness", "level": 1}, {"path": "pe/health"}, {"level": 1}):
        with physed.throws("23514", constraint="subject_categories_level_is_depth_check"):
            physed.insert("subject_categories", name="Wrong", **wrong)
    with physed.throws("23514", constraint="subject_categories_path_format_check"):
        physed.insert("subject_categories", name="Wrong", path="pe//games", level=3)


@pytest.mark.parametrize(
    ("column", "value"),
    [("notifications", "null"), ("notifications", "1"), ("notifications", '"x"'), ("notifications", "[]")],
)
def test_a_json_object_cannot_be_a_scalar(physed: Database, column: str, value: str) -> None:
    with physed.throws("23514", constraint=f"user_preferences_{column}_object_check"):
        physed.insert("user_preferences", user_id=a_user(physed)["id"], **{column: value})


def test_an_assistant_can_go_and_the_memory_stays(physed: Database) -> None:
    user = a_user(physed)
    coach = physed.insert("assistant_profiles", name="Coach")
    memory = physed.insert(
        "user_memories", user_id=user["id"], assistant_profile_id=coach["id"], content="tires quickly"
    )
    physed.insert("assistant_capabilities", assistant_profile_id=coach["id"], name="plan")
    physed.execute("DELETE FROM assistant_profiles WHERE id = %s", coach["id"])
    assert physed.value("SELECT assistant_profile_id FROM user_memories WHERE id = %s", memory["id"]) is None
    assert physed.value("SELECT count(*) FROM assistant_capabilities") == 0


def test_an_assistant_has_sound_parameters(physed: Database) -> None:
    for wrong in ({"temperature": 2.1}, {"temperature": "NaN"}, {"context_length": 0}):
        with physed.throws("23514"):
            physed.insert("assistant_profiles", name="Coach", **wrong)


def test_the_tags_of_a_memory_are_a_list(physed: Database) -> None:
    user = a_user(physed)
    physed.insert("user_memories", user_id=user["id"], tags=json(["endurance"]))
    with physed.throws("23514", constraint="user_memories_tags_array_check"):
        physed.insert("user_memories", user_id=user["id"], tags={"endurance": True})


# Optimistic locking. R93: a version column, counted by the database and compared by the writer.


def test_r93_each_change_counts_the_version_up(physed: Database) -> None:
    student = a_student(physed)
    assert student["version"] == 1
    physed.execute("UPDATE students SET last_name = 'Berg' WHERE id = %s", student["id"])
    assert physed.value("SELECT version FROM students WHERE id = %s", student["id"]) == 2


def test_r93_a_stale_writer_is_told_to_read_again(physed: Database) -> None:
    student = a_student(physed)
    physed.execute("UPDATE students SET last_name = 'Berg' WHERE id = %s", student["id"])
    physed.execute("UPDATE students SET last_name = 'Dahl' WHERE id = %s", student["id"])
    with physed.throws("40001", match="changed meanwhile"):
        physed.execute("UPDATE students SET last_name = 'Eng', version = 1 WHERE id = %s", student["id"])


def test_r93_a_writer_who_compares_in_where_changes_nothing_when_stale(physed: Database) -> None:
    student = a_student(physed)
    change = "UPDATE students SET last_name = 'Berg', version = version + 1 WHERE id = %s AND version = 1"
    assert physed.execute(change, student["id"]).rowcount == 1
    assert physed.execute(change, student["id"]).rowcount == 0
