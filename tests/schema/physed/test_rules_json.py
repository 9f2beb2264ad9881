"""The eleven JSON structures of the document: rules R23, R78 to R88. A refusal names the path at fault."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from slate_pg.testing.database import Database

# table, column, rule, then: what is done to the printed sample, and what the refusal says.
BROKEN = {
    ("assessment_criteria", "rubric", "r78"): [
        ("criteria", None, r"rubric\.criteria is missing"),
        ("criteria", {}, r"rubric\.criteria must not be empty"),
        ("criteria.technique.weight", 0.5, r"weights in rubric\.criteria must sum to 1, not 1\.1"),
        ("criteria.technique.weight", "0.4", r"rubric\.criteria\.technique\.weight must be of type number"),
        ("criteria.technique.weight", None, r"rubric\.criteria\.technique\.weight is missing"),
        ("criteria.performance.sub_criteria.speed", 0.2, r"rubric\.criteria\.performance\.sub_criteria must sum to 1, not 0\.9"),
        ("criteria.performance.sub_criteria.speed", 1.3, r"sub_criteria\.speed must be at least 0 and at most 1, not 1\.3"),
    ],
    ("activities", "activity_metadata", "r79"): [
        ("prerequisites", "core_strength", r"activity_metadata\.prerequisites must be of type array"),
        ("prerequisites.1", 7, r"activity_metadata\.prerequisites\[1\] must be of type string, not 7"),
        ("equipment_details.required", "mat", r"activity_metadata\.equipment_details\.required must be of type array"),
        ("safety_considerations.0", " ", r'activity_metadata\.safety_considerations\[0\] must be text, not " "'),
    ],
    ("skill_progress", "progress_data", "r80"): [
        ("metrics.accuracy", 1.2, r"progress_data\.metrics\.accuracy must be at least 0 and at most 1, not 1\.2"),
        ("milestones_achieved", {}, r"progress_data\.milestones_achieved must be of type array"),
    ],
    ("movement_analysis", "analysis_data", "r81"): [
        ("movement_data", None, r"analysis_data\.movement_data is missing"),
        ("analysis_results", None, r"analysis_data\.analysis_results is missing"),
        ("analysis_results.quality_score", 82, r"analysis_data\.analysis_results\.quality_score must be"),
        ("movement_data.landmarks.pose_landmarks", "...", r"landmarks\.pose_landmarks must be of type array"),
        ("movement_data.metrics.smoothness", -1, r"analysis_data\.movement_data\.metrics\.smoothness must be"),
        ("analysis_results.issues_detected.0.type", None, r"issues_detected\[0\]\.type is missing"),
    ],
    ("routines", "focus_areas", "r82"): [
        ("primary_focus", None, r"focus_areas\.primary_focus is missing"),
        ("intensity_distribution.high", 0.4, r"focus_areas\.intensity_distribution must sum to 1, not 1\.1"),
        ("intensity_distribution.high", "lots", r"focus_areas\.intensity_distribution\.high must be of type number"),
        ("secondary_focus", "strength", r"focus_areas\.secondary_focus must be of type array"),
    ],
    ("movement_patterns", "pattern_data", "r83"): [
        ("pattern_data", None, r"pattern_data\.pattern_data is missing"),
        ("pattern_data.key_points.start_position.x", None, r"key_points\.start_position\.x is missing"),
        ("pattern_data.velocity_profile.1.velocity", "fast", r"velocity_profile\[1\]\.velocity must be of type number"),
        ("pattern_data.velocity_profile.0.time", -1, r"velocity_profile\[0\]\.time must be at least 0"),
    ],
    ("activity_plans", "objectives", "r84"): [
        ("learning_objectives", None, r"objectives\.learning_objectives is missing"),
        ("learning_objectives", [], r"objectives\.learning_objectives must not be empty"),
        ("learning_objectives.1.target", None, r"objectives\.learning_objectives\[1\]\.target is missing"),
        ("learning_objectives.0.success_criteria.0", 1, r"learning_objectives\[0\]\.success_criteria\[0\] must be of type string"),
        ("priority_levels.fitness", 2, r"objectives\.priority_levels\.fitness must be of type string"),
    ],
    ("activity_plans", "assessment_criteria", "r85"): [
        ("skill_criteria", None, r"assessment_criteria\.skill_criteria is missing"),
        ("skill_criteria.technique.weight", 0.3, r"weights in assessment_criteria\.skill_criteria must sum to 1, not 0\.9"),
        ("skill_criteria.technique.minimum_score", 101, r"technique\.minimum_score must be at least 0 and at most 100"),
    ],
    ("activity_plans", "progress_tracking", "r86"): [
        ("weekly_metrics.0.week", 0, r"progress_tracking\.weekly_metrics\[0\]\.week must be at least 1, not 0"),
        ("weekly_metrics.0.week", 1.5, r"weekly_metrics\[0\]\.week must be of type integer, not 1\.5"),
        ("weekly_metrics.0.attendance", 90, r"weekly_metrics\[0\]\.attendance must be"),
        ("achievement_milestones.0.achieved_date", "2025-02-30", r"achieved_date must be a day, YYYY-MM-DD"),
        ("adaptation_history.0.date", "15 April", r"adaptation_history\[0\]\.date must be a day, YYYY-MM-DD"),
    ],
    ("classes", "schedule", "r87"): [
        ("weekly_schedule", None, r"schedule\.weekly_schedule is missing"),
        ("weekly_schedule.0.day", "Monday", r'schedule\.weekly_schedule\[0\]\.day must be a weekday in lower case.*"Monday"'),
        ("weekly_schedule.1.time", "25:30", r"schedule\.weekly_schedule\[1\]\.time must be a time, HH:MM"),
        ("weekly_schedule.0.duration_minutes", 0, r"weekly_schedule\[0\]\.duration_minutes must be at least 1"),
        ("weekly_schedule.1.location", None, r"weekly_schedule\[1\]\.location is missing"),
        ("exceptions.0.date", "2025-13-01", r"schedule\.exceptions\[0\]\.date must be a day"),
        ("term_breaks.0.end_date", "2025-06-01", r"schedule\.term_breaks\[0\]\.end_date must not lie before 2025-07-01"),
    ],
    ("activity_categories", "metadata", "r88"): [
        ("display_settings.color", "blue", r"metadata\.display_settings\.color must be a colour, #rrggbb"),
        ("requirements.minimum_age", 8.5, r"metadata\.requirements\.minimum_age must be of type integer"),
        ("safety_considerations.supervision_required", "yes", r"safety_considerations\.supervision_required must be of type boolean"),
        ("curriculum_alignment.standards", "PE.1.2", r"metadata\.curriculum_alignment\.standards must be of type array"),
    ],
}  # fmt: skip

CASES = [(*key, *case) for key, cases in BROKEN.items() for case in cases]


def sample(db: Database, table: str, column: str) -> dict[str, Any]:
    """The richest value that the demo seed holds: the document's own sample, completed."""
    return db.value(
        f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY length({column}::text) DESC LIMIT 1"
    )


def broken(value: dict[str, Any], path: str, replacement: Any) -> dict[str, Any]:
    value = copy.deepcopy(value)
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    place = value
    for step in way:
        place = place[step]
    if replacement is None:
        del place[last]
    else:
        place[last] = replacement
    return value


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    """What the demo seed holds, read from its file: the tests below then need no seeds."""
    from pathlib import Path

    from slate_pg.config import find_project

    folder = find_project(start=Path(__file__)).product("physed").sql / "seeds"
    found = {}
    for text in re.findall(
        r"'(\{.*?\})'", (folder / "demo.sql").read_text() + (folder / "reference.sql").read_text(), re.S
    ):
        value = json.loads(text.replace("''", "'"))
        for key, marks in MARKS.items():
            if marks <= set(value) and len(text) > len(json.dumps(found.get(key, {}))):
                found[key] = value
    return found


MARKS = {
    ("assessment_criteria", "rubric"): {"criteria"}, ("activities", "activity_metadata"): {"prerequisites", "progression_path"},
    ("skill_progress", "progress_data"): {"metrics", "milestones_achieved"},
    ("movement_analysis", "analysis_data"): {"movement_data"}, ("routines", "focus_areas"): {"primary_focus"},
    ("movement_patterns", "pattern_data"): {"pattern_data"}, ("activity_plans", "objectives"): {"learning_objectives"},
    ("activity_plans", "assessment_criteria"): {"skill_criteria"}, ("activity_plans", "progress_tracking"): {"weekly_metrics"},
    ("classes", "schedule"): {"weekly_schedule"}, ("activity_categories", "metadata"): {"display_settings", "requirements"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "column", "rule", "path", "replacement", "message"), CASES, ids=[f"{c[2]}-{c[3]}-{c[4]}" for c in CASES]
)
def test_r78_to_r88_a_broken_structure_is_refused_by_path(
    physed: Database,
    samples: dict[str, Any],
    table: str,
    column: str,
    rule: str,
    path: str,
    replacement: Any,
    message: str,
) -> None:
    fits = f"SELECT {table}_{column}_fits(%s)"
    value = samples[table, column]
    assert physed.value(fits, json.dumps(value))
    with physed.throws("23514", constraint=f"{table}_{column}_shape_check", match=message):
        physed.execute(fits, json.dumps(broken(value, path, replacement)))


def test_r78_to_r88_the_tables_refuse_what_the_functions_refuse(school: Database) -> None:
    for (table, column), marks in MARKS.items():
        assert marks <= set(sample(school, table, column)), "the demo seed holds the printed sample"
        for scalar in ("null", "1", '"x"', "[]", "true"):
            with school.throws(
                "23514", constraint=f"{table}_{column}_shape_check", match=f"{column} must be of type object"
            ):
                school.execute(f"UPDATE {table} SET {column} = %s", scalar)


@pytest.mark.parametrize(("table", "column"), [k for k in MARKS if k[1] not in ("objectives", "assessment_criteria")])
def test_a_structure_may_be_absent(physed: Database, table: str, column: str) -> None:
    assert physed.value(f"SELECT {table}_{column}_fits(NULL)")


def test_keys_that_the_document_does_not_print_are_kept(physed: Database) -> None:
    assert physed.value(
        """SELECT activities_activity_metadata_fits('{"season": "summer", "equipment_details": {"rented": []}}')"""
    )


@pytest.mark.parametrize(("weights", "accepted"), [
    ({"a": 0.33, "b": 0.33, "c": 0.34}, True), ({"a": 0.3333333, "b": 0.3333333, "c": 0.3333333}, True),
    ({"a": 0.33, "b": 0.33, "c": 0.33}, False), ({"a": 1}, True), ({"a": 0}, False),
])  # fmt: skip
def test_weights_in_json_may_be_rounded_a_little(physed: Database, weights: dict[str, Any], accepted: bool) -> None:
    assert (physed.value("SELECT json_weights_fault(%s, 'x')", json.dumps(weights)) is None) == accepted


@pytest.mark.parametrize(("text", "real"), [
    ("2024-02-29", True), ("2025-02-29", False), ("2025-04-31", False), ("2025-12-31", True), ("2025-1-1", False),
    ("2025-00-10", False), ("today", False), ("", False),
])  # fmt: skip
def test_a_day_must_exist(physed: Database, text: str, real: bool) -> None:
    assert physed.value("SELECT is_date(%s)", text) is real


ODD = [
    None,
    "null",
    [],
    {},
    "",
    " ",
    "x",
    "2025-02-30",
    0,
    1,
    -1,
    0.5,
    1e9,
    True,
    [1],
    ["x"],
    {"a": 1},
    [[]],
    [{}],
    {"a": {}},
]


def variants(value: dict[str, Any]) -> Iterator[Any]:
    """The value, and every value that differs from it in one place: removed, odd, or with an odd neighbour."""
    yield value
    for path in places(value):
        for odd in ODD:
            yield broken(value, path, odd)
        yield broken(value, path, {"null": None})


def places(value: Any, way: Any = ()) -> Iterator[Any]:
    if way:
        yield ".".join(way)
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*way, str(key)))


@pytest.mark.parametrize(("table", "column"), MARKS)
def test_the_compiled_shape_passes_exactly_what_has_no_fault(
    physed: Database, samples: dict[str, Any], table: str, column: str
) -> None:
    """The fast path decides alone; only what it does not pass is looked at step by step."""
    source = physed.value("SELECT prosrc FROM pg_proc WHERE oid = %s::regproc", f"{table}_{column}_fits")
    shape = re.search(r"json_fault\(\w+, '(\{.*?\})', '", source, re.S).group(1)
    values = [json.dumps(v) for v in variants(samples[table, column])] + [json.dumps(odd) for odd in ODD]
    odd_ones = physed.rows(
        """SELECT v.value FROM unnest(%s::jsonb[]) AS v (value)
        WHERE (v.value @@ compiled_shape(%s)) IS NOT TRUE = (find_json_fault(v.value, %s, 'x') IS NULL)""",
        values, shape, shape,
    )  # fmt: skip
    assert odd_ones == []
    assert len(values) > 100


DAY = {"type": "string", "means": "a day, YYYY-MM-DD"}
SPAN = {"type": "object", "order": ["a", "b"], "properties": {"a": DAY, "b": DAY}}


def test_a_path_knows_the_days_that_exist(physed: Database) -> None:
    """Of years before and after each turn of a century, and of leap years, with months and days that there are not."""
    days, odd = physed.row(
        """SELECT count(*) FILTER (WHERE is_date(d.day)),
            count(*) FILTER (WHERE is_date(d.day) <> (to_jsonb(d.day) @@ p.path))
        FROM compiled_shape(%s) AS p (path) CROSS JOIN (
            SELECT concat_ws('-', lpad(y::text, 4, '0'), lpad(m::text, 2, '0'), lpad(d::text, 2, '0')) AS day
            FROM generate_series(980, 3020) AS y, generate_series(0, 13) AS m, generate_series(27, 32) AS d
            WHERE y %% 100 IN (0, 1, 4, 10, 96, 98, 99)
        ) AS d""",
        json.dumps(DAY),
    )
    assert days > 4_000
    assert odd == 0


@pytest.mark.parametrize("value", [
    {"a": "2025-01-01", "b": "2025-01-01"}, {"a": "2025-01-02", "b": "2025-01-01"}, {"a": "2024-12-31", "b": "2025-01-01"},
    {"a": "2025-01-01"}, {"b": "2025-01-01"}, {}, {"a": None, "b": "2025-01-01"}, {"a": 2, "b": 1}, {"a": 1, "b": "2025-01-01"},
    {"a": ["2025-01-02"], "b": "2025-01-01"}, {"a": {}, "b": {}}, {"a": "x", "b": "a"}, {"a": "2025-02-30", "b": "2025-03-01"},
    [], "2025-01-01", None,
])  # fmt: skip
def test_a_path_knows_an_order_of_days(physed: Database, value: Any) -> None:
    assert physed.value(
        "SELECT (%s::jsonb @@ compiled_shape(%s)) IS TRUE = (find_json_fault(%s, %s, 'x') IS NULL)",
        json.dumps(value), json.dumps(SPAN), json.dumps(value), json.dumps(SPAN),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "has_path"),
    [
        ({"type": "object"}, True),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, True),
        ({"type": "object", "values": {"type": "number"}}, True),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "values": {"type": "number"}}, False),
        ({"type": "object", "order": ["a", "b"]}, False),
        ({"type": "string", "means": "a day, YYYY-MM-DD"}, True),
        ({"type": "object", "order": ["a", "b"], "properties": {"a": DAY, "b": DAY}}, True),
        ({"type": "object", "order": ["a", "b"], "properties": {"a": DAY, "b": {"type": "string"}}}, False),
        ({"type": "object", "order": ["a", "b"], "values": DAY}, False),
        ({"type": "array", "items": {"type": "object", "order": ["a", "b"]}}, False),
        ({"type": "text"}, False),
        ({}, False),
    ],
)
def test_a_shape_that_a_path_cannot_say_has_none_and_is_read_by_the_function(
    physed: Database, shape: dict[str, Any], has_path: bool
) -> None:
    assert physed.value("SELECT json_path_of(%s::jsonb) IS NOT NULL", json.dumps(shape)) == has_path
