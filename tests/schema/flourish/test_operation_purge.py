"""Leaving for good: nothing in the database names who was purged, and the evidence of others stays."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.factories import ELENA, JONAH, MAYA, SAMUEL, a_student, a_teacher, an_assessment, an_entry


def everything(db: Database) -> str:
    """Every row of every table of the database's own schemas, as text; but the texts of the migrations."""
    relations = db.rows(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relkind IN ('r', 'm') "
        "AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
        "AND c.relname <> '_slate_ledger'"
    )
    return "\n".join(str(db.rows(f"SELECT t::text FROM ONLY {name} AS t")) for (name,) in relations)


def test_after_a_purge_the_whole_database_names_the_student_nowhere(school: SimpleNamespace) -> None:
    db = school.db
    db.execute("UPDATE students SET name = 'Another' WHERE id <> %s", MAYA)
    said = "Jonah: maya lindqvist (S001) helped me. Mayan art is fun."
    an_entry(db, id="DE200", student_id=JONAH, content=said, metadata={"with": ["S001", "Maya Lindqvist"]})
    an_assessment(
        db, data_entry_id="DE200", student_id=JONAH, justification="Helped Maya Lindqvist.", source_quote=said
    )
    db.execute("UPDATE teacher_corrections SET teacher_notes = 'See S001' WHERE student_id = %s", JONAH)
    done = dict(db.rows("SELECT * FROM purge_person(%s)", MAYA))
    assert done == {
        "teacher_corrections": 1, "skill_targets": 1, "assessments": 1, "data_entries": 1, "texts of others": 3,
    }  # fmt: skip
    left = everything(db)
    assert [word for word in ("S001", "Maya Lindqvist", "maya lindqvist") if word in left] == []
    assert "Jonah: purged (purged) helped me. Mayan art is fun." in left
    assert db.sees("students") == 2


def test_after_a_purge_the_whole_database_names_the_teacher_nowhere(school: SimpleNamespace) -> None:
    db = school.db
    db.execute("UPDATE teachers SET email = 'elena@school.org' WHERE id = %s", ELENA)
    db.execute("UPDATE data_entries SET content = 'Ask Elena Marchetti, elena@school.org' WHERE student_id = %s", JONAH)
    with db.throws("55000", "students_teacher_id_fkey"):
        db.execute("SELECT * FROM purge_person(%s)", ELENA)
    db.execute("UPDATE students SET teacher_id = %s", SAMUEL)
    db.execute("SELECT * FROM purge_person(%s)", ELENA)
    left = everything(db)
    assert [word for word in (ELENA, "Elena Marchetti", "elena@school.org") if word in left] == []
    assert [db.sees(t) for t in ("students", "data_entries", "teacher_corrections", "skill_targets")] == [3] * 4


def test_erase_person_erases_students_and_teachers_and_says_whether_there_was_one(school: SimpleNamespace) -> None:
    db = school.db
    db.execute("UPDATE students SET name = 'Another' WHERE id <> %s", MAYA)
    db.execute("UPDATE data_entries SET content = 'With Maya Lindqvist (S001)' WHERE student_id = %s", JONAH)
    with db.as_role("flourish_service"):
        assert db.value("SELECT erase_person(%s)", MAYA) is True
        assert db.value("SELECT erase_person(%s)", MAYA) is False
        with db.throws("55000", "students_teacher_id_fkey"):
            db.value("SELECT erase_person(%s)", ELENA)
        assert db.value("SELECT erase_person(%s, %s)", ELENA, SAMUEL) is True
    left = everything(db)
    assert [word for word in (MAYA, "Maya Lindqvist", ELENA, "Elena Marchetti") if word in left] == []
    assert db.value("SELECT count(*) FROM students WHERE teacher_id = %s", SAMUEL) == 2
    with db.as_user(SAMUEL):
        db.denied("SELECT erase_person(%s)", JONAH)


@pytest.mark.parametrize("who", ["S404", "", "DE001"])
def test_nobody_is_purged_by_mistake(school: SimpleNamespace, who: str) -> None:
    with school.db.throws("P0002", match="nobody has the id"):
        school.db.execute("SELECT * FROM purge_person(%s)", who)


def test_the_service_may_ask_for_it_and_people_may_not(school: SimpleNamespace) -> None:
    for caller in (ELENA, MAYA):
        with school.db.as_user(caller):
            school.db.denied("SELECT * FROM purge_person(%s)", MAYA)
    with school.db.as_role("flourish_service"):
        assert len(school.db.rows("SELECT * FROM purge_person(%s)", MAYA)) == 5


def test_a_name_with_signs_of_a_pattern_is_a_name(flourish: Database) -> None:
    a_teacher(flourish)
    a_student(flourish, id="S010", name="A.* (Ben)")
    a_student(flourish, id="S011", name="Other")
    an_entry(flourish, id="DE300", student_id="S011", content="A.* (Ben) and Arabella")
    flourish.execute("SELECT * FROM purge_person('S010')")
    assert flourish.value("SELECT content FROM data_entries") == "purged and Arabella"
