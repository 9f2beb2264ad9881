"""What every product promises of days, numbers, lists and comments; the id says product, the failure lists the objects."""

from __future__ import annotations

import re

import pytest

from slate_pg.config import find_project
from slate_pg.testing.database import Database

PRODUCTS = [p.name for p in find_project().products if p.name != "core"]
TABLES = """FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname NOT LIKE '\\_slate%%' AND a.attnum > 0 AND NOT a.attisdropped"""
COPIES = {  # filled by triggers and retention alone, from columns that are held
    "interaction_keys.created_at", "progress_metric_keys.recorded_at", "audit_log_keys.created_at",
    "interactions_archive.created_at", "progress_metrics_archive.recorded_at", "audit_logs_archive.created_at",
    "user_feedback.interaction_created_at",  # a key of interactions, and compared with 'infinity'
    "interactions_archive.confidence_level", "progress_metrics_archive.metric_value",
}  # fmt: skip


@pytest.fixture
def schema(db: Database, product: str) -> Database:
    """The migrated database with the product's search path."""
    if not db.value("SELECT to_regnamespace(%s) IS NOT NULL", product):
        pytest.skip(f"{product} is not among --products")
    db.use(product)
    return db


def bare(db: Database, types: str, holds: str) -> set[str]:
    """Return the columns of these types of which no CHECK matches `holds`, a pattern with %I for the column."""
    rows = db.rows(
        f"""SELECT c.relname::text, a.attname::text {TABLES} AND format_type(a.atttypid, NULL) = ANY (%s)
        AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c'
            AND pg_get_constraintdef(k.oid) ~ replace(%s, '%%I', a.attname))""",
        types.split(", "),
        holds,
    )
    return {f"{table}.{column}" for table, column in rows} - COPIES


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_day_and_moment_is_finite(schema: Database, product: str) -> None:
    assert bare(schema, "date, timestamp with time zone, timestamp without time zone", r"isfinite\(%I\)") == set()


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_fraction_is_a_number_between_bounds(schema: Database, product: str) -> None:
    """NaN is above every number and fails an upper bound; a numeric with precision has its own, but takes NaN."""
    assert bare(schema, "double precision, real, numeric", r"\m%I <=? |\m%I <> 'NaN'") == set()


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_column_is_a_range_or_an_interval_but_how_long_something_is_kept(schema: Database, product: str) -> None:
    ranges = f"SELECT c.relname || '.' || a.attname {TABLES} AND format_type(a.atttypid, NULL) ~ 'range|interval'"
    assert {name for (name,) in schema.rows(ranges)} <= {"retention_settings.keep_for"}


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_default_and_no_function_asks_the_session_for_its_day(schema: Database, product: str) -> None:
    asked = re.compile(r"\b(current_date|localtimestamp|localtime|now\(\)::date)\b", re.IGNORECASE)
    defaults = schema.rows(f"""SELECT c.relname || '.' || a.attname, pg_get_expr(d.adbin, d.adrelid)
        {TABLES.replace("WHERE", "INNER JOIN pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) WHERE")}""")
    functions = schema.rows(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace IN (current_schema()::regnamespace, 'core'::regnamespace)"
    )
    assert [name for name, text in [*defaults, *functions] if asked.search(text)] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_order_of_an_enum_decides(schema: Database, product: str) -> None:
    """A label that ALTER TYPE adds stands where it is put; what may follow what is a table or a list."""
    kinds = schema.rows(f"SELECT DISTINCT a.attname::text {TABLES} AND a.atttypid IN (SELECT enumtypid FROM pg_enum)")
    column = rf"\b({'|'.join(name for (name,) in kinds) or 'no column'})\b"
    compared = re.compile(rf"{column}\s*(<=?|>=?)\s*(\w+\.\w+|'|\()|{column}\s+BETWEEN")
    texts = schema.rows(
        """SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
        UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND contype = 'c'
        UNION ALL SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        INNER JOIN pg_class AS c ON c.oid = indrelid WHERE c.relnamespace = current_schema()::regnamespace"""
    )
    assert [name for name, text in texts if compared.search(text)] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_query_answers_otherwise_in_another_zone(schema: Database, product: str) -> None:
    schema.seed(product, "reference", "demo")
    files = schema.project.product(product).sql.glob("queries/*.sql")
    queries = sorted(path.stem for path in files if path.stem != "months_kept")  # prints moments as text
    answers = []
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):  # between them it is never one day
        schema.execute("SELECT set_config('timezone', %s, true)", zone)
        answers.append({name: schema.query(product, name) for name in queries})
    assert [name for name in queries if answers[0][name] != answers[1][name]] == []


LONG = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(5000))  # nothing that compression makes short
INDEXED = [  # what is too long for an index is refused by the name of a rule, and not with 54000 by the index
    ("vividly", "topics_description_check", "INSERT INTO topics (id, title, subject, description) VALUES ('t', 'T', 'physics', repeat(%s, 50))"),
    ("learning", "study_materials_tags_check", "INSERT INTO study_materials (user_id, title, source_type, tags) SELECT id, 'T', 'text', ARRAY[%s] FROM users LIMIT 1"),
    ("spark", "lessons_keywords_check", "UPDATE lessons SET keywords = ARRAY['short', %s]"),
    ("physed", "subject_categories_path_length_check", "INSERT INTO subject_categories (name, level, path) VALUES ('N', 1, %s)"),
    ("physed", "routines_focus_areas_shape_check", "INSERT INTO routines (name, focus_areas) VALUES ('R', jsonb_build_object('primary_focus', %s::text))"),
    ("physed", "movement_analysis_analysis_data_shape_check", "UPDATE movement_analysis SET analysis_data = jsonb_set(analysis_data, '{analysis_results,movement_type}', to_jsonb(%s::text))"),
]  # fmt: skip


@pytest.mark.parametrize(("product", "rule", "statement"), INDEXED, ids=[rule for _, rule, _ in INDEXED])
def test_what_is_too_long_for_its_index_is_refused_by_name(
    schema: Database, product: str, rule: str, statement: str
) -> None:
    schema.seed(product, "reference", "demo")
    with schema.throws("23514", constraint=rule):
        schema.execute(statement, LONG)


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_column_of_every_table_is_commented(schema: Database, product: str) -> None:
    tables = TABLES.replace("IN ('r', 'p')", "IN ('r', 'p', 'm', 'v')")
    silent = schema.rows(
        f"""SELECT c.relname || '.' || a.attname {tables} AND col_description(c.oid, a.attnum) IS NULL
        AND c.relkind IN ('r', 'p')"""
    )
    assert [name for (name,) in silent] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_comment_of_a_number_says_its_range(schema: Database, product: str) -> None:
    """Or, where it has none, what it counts: then the comment says so in one of a few words. Keys aside."""
    numbers = schema.rows(
        f"""SELECT c.relname || '.' || a.attname, col_description(c.oid, a.attnum) {TABLES}
        AND format_type(a.atttypid, NULL) IN ('integer', 'bigint', 'smallint', 'double precision', 'numeric')
        AND a.attname !~ '(^|_)id$'"""
    )
    counts = re.compile(r"\d|[Oo]rder|[Pp]lace|[Ss]econds|[Mm]inutes|[Mm]illiseconds|bytes|[Cc]ount|[Hh]ow many")
    assert "\n".join(f"{name}: {says}" for name, says in numbers if not counts.search(says or "")) == ""


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_job_that_makes_partitions_ahead_has_one_name(schema: Database, product: str) -> None:
    jobs = {path.stem: path.read_text() for path in schema.project.product(product).sql.glob("jobs/*.sql")}
    making = {name for name, text in jobs.items() if re.search(r"ensure_partitions|create_\w+_partitions\(", text)}
    divided = schema.value("SELECT count(*) FROM pg_partitioned_table AS p INNER JOIN pg_class AS c ON c.oid = p.partrelid "
                           "WHERE c.relnamespace = current_schema()::regnamespace")  # fmt: skip
    assert making == ({"create_partitions_ahead"} if divided else set())
