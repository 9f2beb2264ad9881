"""A fault planted in a product's own policies is red in its matrix, and named with its table and the person."""

from pathlib import Path

import pytest

from slate_pg.testing.access import Matrix

HERE = Path(__file__).parent
OPEN = "CREATE POLICY planted ON {} FOR {} TO authenticated_users {} (true)"


@pytest.mark.parametrize(
    ("product", "table", "planted", "named"),
    [
        ("flourish", "assessments", OPEN.format("assessments", "SELECT", "USING"), "other_student selects"),
        ("flourish", "skill_targets", OPEN.format("skill_targets", "INSERT", "WITH CHECK"), "student inserts"),
        ("learning", "content_chunks", OPEN.format("content_chunks", "DELETE", "USING"), "without reading them"),
        ("learning", "users", OPEN.format("users", "SELECT", "USING"), "closed selects"),
        ("physed", "students", OPEN.format("students", "SELECT", "USING"), "inspector selects"),
        (
            "physed",
            "safety_incidents",
            OPEN.format("safety_incidents", "INSERT", "WITH CHECK"),
            "other_teacher inserts",
        ),
        ("spark", "student_progress", OPEN.format("student_progress", "SELECT", "USING"), "other_school selects"),
        ("spark", "profiles", OPEN.format("profiles", "UPDATE", "USING"), "without reading them"),
        ("vividly", "feedback", OPEN.format("feedback", "SELECT", "USING"), "other_district selects"),
        ("vividly", "student_interests", OPEN.format("student_interests", "INSERT", "WITH CHECK"), "moved inserts"),
    ],
)
def test_an_open_policy_is_red_and_named(slate_worlds, product, table, planted, named):
    sound = slate_worlds(HERE / f"{product}.access.toml")
    with sound.picture.connection.transaction(force_rollback=True):
        sound.picture.connection.execute(f"SET LOCAL search_path = {product}; {planted}")
        entry = Matrix(sound.picture.connection, sound.world).entry(table)
    assert [f for f in entry.leaks + entry.wrong_writes if named in f], entry.leaks + entry.wrong_writes


@pytest.mark.parametrize("product", ["learning", "physed", "spark", "vividly"])
def test_a_forgotten_partition_is_red_and_named(slate_worlds, product):
    sound = slate_worlds(HERE / f"{product}.access.toml")
    connection, relations = sound.picture.connection, sound.picture.relations.values()
    named = {c for c in sound.picture.naming if c.endswith(("user_id", "student_id"))}
    leaf = next(
        r for r in relations if r.root and r.kind == "r" and named & set(r.columns) and sound.picture.rows(r.name)
    )
    with connection.transaction(force_rollback=True):
        connection.execute(f'GRANT SELECT ON "{product}"."{leaf.name}" TO authenticated_users')
        connection.execute(f'ALTER TABLE "{product}"."{leaf.name}" DISABLE ROW LEVEL SECURITY')
        entry = Matrix(connection, sound.world).entry(leaf.entry)
    assert [f for f in entry.leaks if f.startswith("unset selects " + leaf.name)], entry.leaks


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ("CREATE VIEW planted AS SELECT * FROM {}; GRANT SELECT ON planted TO PUBLIC", "unset selects planted"),
        ("CREATE TABLE planted AS TABLE {}; GRANT SELECT ON planted TO PUBLIC", "unset selects planted"),
        (
            "CREATE MATERIALIZED VIEW planted AS SELECT * FROM {}; GRANT SELECT ON planted TO authenticated_users",
            "unset selects planted",
        ),
        (
            "CREATE FUNCTION planted() RETURNS SETOF {} STABLE SECURITY DEFINER LANGUAGE sql AS 'SELECT * FROM {}'; "
            "GRANT EXECUTE ON FUNCTION planted() TO authenticated_users",
            "unset is told by planted() of",
        ),
    ],
    ids=["definer_view", "public_table", "materialized_view", "definer_function"],
)
@pytest.mark.parametrize(
    ("product", "table"),
    [
        ("flourish", "students"),
        ("learning", "users"),
        ("physed", "students"),
        ("spark", "profiles"),
        ("vividly", "users"),
    ],
)
def test_a_way_past_the_policies_is_red_and_named(slate_worlds, product, table, planted, named):
    sound = slate_worlds(HERE / f"{product}.access.toml")
    connection = sound.picture.connection
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL search_path = {product}; {planted.format(table, table)}")
        matrix = Matrix(connection, sound.world)
        entry = matrix.entry(next(n for n in matrix.names if n.startswith("planted")))
    assert [f for f in entry.leaks if named in f], entry.leaks
