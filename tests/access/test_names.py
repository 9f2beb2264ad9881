"""A person's own row, with one thing in it that is somebody else's, is refused: written anew, or changed to be so.

The matrix writes whole rows of others; here each column that names a person or what belongs to one is tried alone.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from slate_pg.testing.access.acting import UNBOUND, become, state, undone
from slate_pg.testing.access.matrix import Matrix
from slate_pg.testing.access.people import Person
from slate_pg.testing.access.picture import Picture, Relation, Row

HERE = Path(__file__).parent
PRODUCTS = ["flourish", "learning", "physed", "spark", "vividly"]
OWN_ROWS = 3  # of one person in one table

# Where people may put something that is or may be somebody's. A new one has to be written here.
TRIED = {
    "flourish": "insert data_entries.student_id, insert data_entries.teacher_id, insert skill_targets.assigned_by, "
    "insert skill_targets.student_id, insert teacher_corrections.assessment_id, insert teacher_corrections.corrected_by",
    "learning": "insert content_chunks.study_material_id, insert generated_assets.content_chunk_id, "
    "insert generated_assets.study_material_id, insert interactions.generated_asset_id, "
    "insert interactions.learning_session_id, insert interactions.user_id, insert learning_sessions.study_material_id, "
    "insert learning_sessions.user_id, insert study_materials.user_id, insert user_feedback.generated_asset_id, "
    "insert user_feedback.interaction_created_at, insert user_feedback.interaction_id, insert user_feedback.user_id, "
    "update content_chunks.study_material_id, update generated_assets.content_chunk_id, "
    "update generated_assets.study_material_id, update study_materials.user_id",
    "physed": "insert lessons.user_id, insert memory_interactions.memory_id, insert memory_interactions.user_id, "
    "insert safety_checks.inspector_id, insert user_memories.user_id, insert user_preferences.user_id, "
    "update lessons.user_id, update memory_interactions.memory_id, update memory_interactions.user_id, "
    "update safety_checks.inspector_id, update user_memories.user_id, update user_preferences.user_id",
    "spark": "insert assignment_submissions.assignment_id, insert assignment_submissions.student_id, "
    "insert assignments.class_id, insert assignments.created_by, insert classes.teacher_id, insert enrollments.class_id, "
    "insert enrollments.student_id, insert guardian_links.guardian_id, insert guardian_links.student_id, "
    "insert guild_memberships.student_id, insert learning_preferences.student_id, insert student_progress.student_id, "
    "insert submissions.student_id, insert sync_conflicts.sync_log_id, insert sync_logs.user_id, "
    "update student_progress.student_id",
    "vividly": "insert bulk_upload_jobs.uploaded_by, insert classes.teacher_id, insert content_requests.student_id, "
    "insert feedback.student_id, insert student_account_requests.class_id, insert student_account_requests.teacher_id, "
    "insert student_interests.student_id",
}  # fmt: skip
OTHERWISE = {
    # A part is looked for among those of the own material, so a stranger's is one that there is not.
    ("learning", "insert generated_assets.content_chunk_id"): "23503",
    ("learning", "update generated_assets.content_chunk_id"): "23503",
    ("learning", "insert interactions.learning_session_id"): "23503",
    ("learning", "insert user_feedback.interaction_id"): "23503",
    # Feedback on an own interaction is about the asset of that one.
    ("learning", "insert user_feedback.generated_asset_id"): "23514 42501",
    ("learning", "insert user_feedback.interaction_created_at"): "signed by the session",
    ("spark", "insert assignments.created_by"): "signed by the session",
    # Whoever looks after a child asks to be linked, and the school says yes.
    ("spark", "insert guardian_links.student_id"): "42501 accepted",
    ("spark", "insert sync_conflicts.sync_log_id"): "23514",
    ("spark", "update student_progress.student_id"): "23514",
}


def strangers(picture: Picture, relation: Relation, person: Person) -> Iterator[tuple[str, Any]]:
    """Yield each column that says whose a row is, by a foreign key, with a value that is none of the person's business."""
    for columns, table, others in relation.foreign_keys:
        parent = picture.relations[table]
        if table in (*picture.world.shared, *picture.world.common):
            continue
        for row in picture.rows(table):
            owners = picture.owners(parent, row)
            if owners and not any(person.knows(owner, table) for owner in owners):
                yield from ((column, row[other]) for column, other in zip(columns, others, strict=True))
                break


def own_rows(picture: Picture, relation: Relation, person: Person) -> list[Row]:
    """Return a few rows that are about the person."""
    rows = picture.rows(relation.name)
    return [row for row in rows if person.id in picture.owners(relation, row)][:OWN_ROWS]


def insert(picture: Picture, relation: Relation, person: Person) -> sql.Composable:
    """Return the statement that writes a row, of what the person may write; the row is its parameter."""
    may = picture.allowed(relation, picture.world.role_of(person))["INSERT"]
    names = sql.SQL(", ").join(sql.Identifier(c) for c in may if c not in relation.derived)
    table = picture.named(relation.name)
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM jsonb_populate_record(NULL::{}, %s)")
    return statement.format(table, names, names, table)


def update(picture: Picture, relation: Relation, row: Row, column: str) -> sql.Composable:
    """Return the statement that changes one column of a row; the row is its parameter."""
    table, name = picture.named(relation.name), sql.Identifier(column)
    statement = sql.SQL("UPDATE {} AS t SET {} = (jsonb_populate_record(NULL::{}, %s)).{} WHERE ")
    return statement.format(table, name, table, name) + _key(relation, row)


def _key(relation: Relation, row: Row) -> sql.Composable:
    return sql.SQL(" AND ").join(
        sql.SQL("to_jsonb(t.{}) = {}").format(sql.Identifier(k), Jsonb(row[k])) for k in relation.key
    )


def answer(
    picture: Picture, relation: Relation, person: Person, statement: sql.Composable, row: Row, column: str
) -> str:
    """Return the SQLSTATE of a refusal, or whether the table then has one row more with this value; all is undone.

    Who did it is often filled in from the session, whatever is written: then the row names nobody else.
    """
    table, value = picture.named(relation.name), Jsonb(row[column])
    goes = sql.SQL("DELETE FROM {} AS t WHERE {}").format(table, _key(relation, row))
    comes = sql.SQL("SELECT to_jsonb(t) FROM {} AS t WHERE to_jsonb(t.{}) = %s").format(table, sql.Identifier(column))
    anew = [(UNBOUND, ["none", "replica"]), (goes, []), (UNBOUND, ["none", "origin"])]
    steps: list[Any] = anew if statement.as_string().startswith("INSERT") else []
    steps += [become(picture, person), (statement, [Jsonb(row)]), (UNBOUND, ["none", "origin"]), (comes, [value])]
    try:
        *_, (_, reached), _, (found, _) = undone(picture.connection, *steps)
    except psycopg.Error as error:
        return state(error)
    if not reached:
        return "out of reach"
    more = len(found) > sum(r[column] == row[column] for r in picture.rows(relation.name))
    return "accepted" if more else "signed by the session"


def tried(matrix: Matrix, verbs: Sequence[str] = ("INSERT", "UPDATE")) -> dict[str, set[str]]:
    """Return what the server answers to each thing of a stranger that a person tries to have in an own row."""
    picture, found = matrix.picture, defaultdict(set)
    _ = picture.everybody
    people = [p for p in matrix.world.people.values() if p.circle and not p.trusted]
    tables = [r for r in picture.relations.values() if r.is_table and r.key and not r.root]
    for person, relation in itertools.product(people, tables):
        granted = picture.allowed(relation, matrix.world.role_of(person))
        may = {verb: granted.get(verb, []) for verb in verbs}
        for row, (column, value) in itertools.product(
            own_rows(picture, relation, person), [*strangers(picture, relation, person)]
        ):
            other = {**row, column: value}
            if column in may.get("INSERT", ()):
                anew = insert(picture, relation, person)
                found[f"insert {relation.name}.{column}"].add(answer(picture, relation, person, anew, other, column))
            if column in may.get("UPDATE", ()):
                changed = update(picture, relation, row, column)
                found[f"update {relation.name}.{column}"].add(answer(picture, relation, person, changed, other, column))
    return dict(found)


@pytest.mark.parametrize("product", PRODUCTS)
def test_an_own_row_with_something_of_a_stranger_is_refused(slate_worlds: Any, product: str) -> None:
    found = tried(slate_worlds(HERE / f"{product}.access.toml"))
    answers = {what: " ".join(sorted(said - {"out of reach"})) for what, said in found.items()}
    assert {what: said for what, said in answers.items() if said} == {
        what: OTHERWISE.get((product, what), "42501") for what in TRIED[product].split(", ")
    }


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_grant_that_is_too_wide_gives_no_own_row_away(slate_worlds: Any, product: str) -> None:
    """The policies hold by themselves, and not because the column that names a person happens not to be granted."""
    sound = slate_worlds(HERE / f"{product}.access.toml")
    connection = sound.picture.connection
    with connection.transaction(force_rollback=True):
        connection.execute(f"GRANT UPDATE ON ALL TABLES IN SCHEMA {product} TO authenticated_users")
        found = tried(Matrix(connection, sound.world), verbs=("UPDATE",))
        named = {what for what in found if what.rpartition(".")[2] in sound.picture.naming}
    assert named
    given = {f"{product} {what}" for what in named if "accepted" in found[what]}
    # Whose these are, class and student say, which stay; who wrote it down is told besides.
    assert given <= {"flourish update skill_targets.assigned_by", "spark update assignments.created_by"}
