"""The catalogue: rules R4 to R11, R63 to R65, R96, and categories as a tree."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import a_category, an_activity

BLANK = ["", "   ", "\t\n", "\u00a0", "\u200b", " \u00a0\u200b "]


def test_r4_a_category_name_is_unique_over_the_whole_tree(physed: Database) -> None:
    games, fitness = a_category(physed, "Games"), a_category(physed, "Fitness")
    a_category(physed, "Running", games)
    with physed.throws("23505", constraint="activity_categories_name_key"):
        a_category(physed, "Running", fitness)


@pytest.mark.parametrize("blank", BLANK)
def test_r5_a_blank_name_is_no_name(physed: Database, blank: str) -> None:
    with physed.throws("23514", constraint="activities_name_not_blank_check"):
        an_activity(physed, name=blank)
    with physed.throws("23514", constraint="activities_description_not_blank_check"):
        an_activity(physed, description=blank)


def test_r5_a_missing_description_is_fine(physed: Database) -> None:
    assert an_activity(physed, description=None)["description"] is None


@pytest.mark.parametrize(("length", "accepted"), [(1, True), (100, True), (101, False)])
def test_r6_an_activity_name_has_1_to_100_characters(physed: Database, length: int, accepted: bool) -> None:
    if accepted:
        an_activity(physed, name="x" * length)
    else:
        with physed.throws("22001"):
            an_activity(physed, name="x" * length)


def test_r7_an_activity_description_has_500_characters_at_most(physed: Database) -> None:
    an_activity(physed, description="x" * 500)
    with physed.throws("22001"):
        an_activity(physed, description="x" * 501)


ENUMS = [
    (
        "r8",
        "activity_type",
        ["warm_up", "skill_development", "fitness_training", "game", "cool_down"],
        ["WARM_UP", "yoga"],
    ),
    ("r9", "difficulty", ["beginner", "intermediate", "advanced"], ["elite", "expert"]),
    ("r10", "equipment_required", ["none", "minimal", "moderate", "extensive"], ["some"]),
]


@pytest.mark.parametrize(("rule", "column", "good", "bad"), ENUMS, ids=[f"{e[0]}-{e[1]}" for e in ENUMS])
def test_r8_r9_r10_an_activity_is_described_in_fixed_words(
    physed: Database, rule: str, column: str, good: list[str], bad: list[str]
) -> None:
    for value in good:
        assert an_activity(physed, **{column: value})[column] == value
    for value in bad:
        with physed.throws("22P02"):
            an_activity(physed, **{column: value})


@pytest.mark.parametrize(
    ("minutes", "accepted"), [(0, False), (1, True), (240, True), (241, False), (-5, False), (None, True)]
)
def test_r11_an_activity_takes_1_to_240_minutes(physed: Database, minutes: int | None, accepted: bool) -> None:
    if accepted:
        an_activity(physed, duration_minutes=minutes)
    else:
        with physed.throws("23514", constraint="activities_duration_minutes_range_check"):
            an_activity(physed, duration_minutes=minutes)


# Tree. R63: categories form a tree of any depth.


def test_r63_a_tree_may_be_deep(physed: Database) -> None:
    above = None
    for depth in range(40):
        above = a_category(physed, f"level {depth}", above)


def test_r63_a_category_is_not_its_own_parent(physed: Database) -> None:
    games = a_category(physed, "Games")
    with physed.throws("23514", constraint="activity_categories_no_cycle_check"):
        physed.execute("UPDATE activity_categories SET parent_id = id WHERE id = %s", games["id"])


def test_r63_a_branch_cannot_be_moved_below_itself(physed: Database) -> None:
    top = a_category(physed, "Top")
    middle = a_category(physed, "Middle", top)
    bottom = a_category(physed, "Bottom", middle)
    with physed.throws("23514", constraint="activity_categories_no_cycle_check"):
        physed.execute("UPDATE activity_categories SET parent_id = %s WHERE id = %s", bottom["id"], top["id"])


def test_r63_a_branch_can_be_moved_elsewhere(physed: Database) -> None:
    top, other = a_category(physed, "Top"), a_category(physed, "Other")
    branch = a_category(physed, "Branch", top)
    assert physed.execute(
        "UPDATE activity_categories SET parent_id = %s WHERE id = %s", other["id"], branch["id"]
    ).rowcount == 1  # fmt: skip


def test_removing_a_category_makes_its_children_roots(physed: Database) -> None:
    top = a_category(physed, "Top")
    branch = a_category(physed, "Branch", top)
    physed.execute("DELETE FROM activity_categories WHERE id = %s", top["id"])
    assert physed.value("SELECT parent_id FROM activity_categories WHERE id = %s", branch["id"]) is None


# Primary category. R64: many categories, one of them primary at most.


@pytest.fixture
def dribbling(physed: Database) -> dict[str, Any]:
    activity = an_activity(physed)
    for name, primary in [("Games", True), ("Skills", False), ("Balls", False)]:
        category = a_category(physed, name)
        physed.insert(
            "activity_category_associations",
            activity_id=activity["id"], category_id=category["id"], primary_category=primary,
        )  # fmt: skip
    return activity


def test_r64_a_second_primary_category_is_refused(physed: Database, dribbling: dict[str, Any]) -> None:
    with physed.throws("23505", constraint="activity_category_associations_one_primary_key"):
        physed.execute("UPDATE activity_category_associations SET primary_category = true")


def test_r64_the_primary_category_is_switched_by_clearing_first(physed: Database, dribbling: dict[str, Any]) -> None:
    skills = physed.value("SELECT id FROM activity_categories WHERE name = 'Skills'")
    physed.execute("UPDATE activity_category_associations SET primary_category = false WHERE primary_category")
    physed.execute("UPDATE activity_category_associations SET primary_category = true WHERE category_id = %s", skills)
    assert physed.value("SELECT category_id FROM activity_category_associations WHERE primary_category") == skills


def test_an_activity_is_in_a_category_once(physed: Database, dribbling: dict[str, Any]) -> None:
    with physed.throws("23505", constraint="activity_category_associations_pkey"):
        physed.execute(
            "INSERT INTO activity_category_associations (activity_id, category_id) "
            "SELECT activity_id, category_id FROM activity_category_associations LIMIT 1"
        )


def test_r65_category_metadata_is_valid_json(physed: Database) -> None:
    with physed.throws("22P02"):
        physed.insert("activity_categories", name="Games", metadata="{not json")
    with physed.throws("23514", constraint="activity_categories_metadata_shape_check"):
        physed.insert("activity_categories", name="Games", metadata="[]")


def test_r96_a_progression_leads_to_another_activity(physed: Database) -> None:
    here, there = an_activity(physed), an_activity(physed, name="Depth jumps")
    path = physed.insert("activity_progressions", from_activity_id=here["id"], to_activity_id=there["id"])
    assert path["id"]
    with physed.throws("23514", constraint="activity_progressions_leads_elsewhere_check"):
        physed.insert("activity_progressions", from_activity_id=here["id"], to_activity_id=here["id"])
    with physed.throws("23505", constraint="activity_progressions_path_key"):
        physed.insert("activity_progressions", from_activity_id=here["id"], to_activity_id=there["id"])


def test_an_exercise_belongs_to_an_activity_or_stands_alone(physed: Database) -> None:
    jumps = an_activity(physed)
    physed.insert("exercises", name="Plank")
    physed.insert("exercises", name="Step up", activity_id=jumps["id"])
    physed.execute("DELETE FROM activities WHERE id = %s", jumps["id"])
    assert physed.rows("SELECT name FROM exercises") == [("Plank",)]
