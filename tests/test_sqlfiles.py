"""Queries and jobs are one statement with a header a machine can read; a new migration is numbered and linked."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg import sqlfiles
from slate_pg.config import Product
from slate_pg.errors import FileError, Misuse
from slate_pg.migrations.files import check_script, read_folder
from slate_pg.migrations.scaffold import scaffold

QUERY = """-- what:      students who need help
-- budget_ms: 50
-- params: student_id = 'S001', level = 'It''s', days = 30, ratio = 0.5, ids = ARRAY['a', 'b']::text[]
SELECT 'S0011', '100%' AS share, days_30, 30.5, 130
FROM t
WHERE student = 'S001' AND level = 'It''s' AND age < 30 AND r > 0.5 AND id = ANY(ARRAY['a', 'b']::text[]);
"""


@pytest.fixture
def query(tmp_path: Path) -> sqlfiles.SqlFile:
    (tmp_path / "help.sql").write_text(QUERY)
    return sqlfiles.read_file(tmp_path / "help.sql")


def test_a_header_is_read_by_name(query: sqlfiles.SqlFile) -> None:
    assert query.name == "help"
    assert query.header["what"] == "students who need help"
    assert query.header["budget_ms"] == "50"
    assert not query.text.endswith(";")


def test_a_header_line_may_go_on_indented_on_the_next(tmp_path: Path) -> None:
    (tmp_path / "long.sql").write_text(
        """-- why: so that nobody has to
--      scroll: 100 columns
-- params: student_id = 'S001', tags =
--         '["a", "b"]'
-- A remark is no header, and a header ends with it.
SELECT 'S001', '["a", "b"]'
"""
    )
    file = sqlfiles.read_file(tmp_path / "long.sql")
    assert file.header["why"] == "so that nobody has to scroll: 100 columns"
    assert file.parameters == {"student_id": "'S001'", "tags": """'["a", "b"]'"""}


def test_examples_are_python_values(query: sqlfiles.SqlFile) -> None:
    assert query.examples["student_id"] == "S001"
    assert query.examples["level"] == "It's"
    assert query.examples["days"] == 30


def test_parameters_stand_in_place_of_the_examples_and_of_nothing_else(query: sqlfiles.SqlFile) -> None:
    text = query.parameterised
    assert "student = %(student_id)s AND level = %(level)s AND age < %(days)s AND r > %(ratio)s" in text
    assert "'S0011', '100%%' AS share, days_30, 30.5, 130" in text, "longer words and numbers are left alone"


def test_a_file_is_one_statement(tmp_path: Path) -> None:
    for text, count in (("SELECT 1; SELECT 2;", 2), ("-- nothing", 0)):
        (tmp_path / "x.sql").write_text(text)
        with pytest.raises(FileError, match=f"holds {count} statements"):
            sqlfiles.read_file(tmp_path / "x.sql")


def test_a_query_that_is_not_there_is_misuse_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "low_confidence.sql").write_text("SELECT 1;")
    with pytest.raises(Misuse) as refused:
        sqlfiles.find(tmp_path, "low_confidnce")
    assert refused.value.hint == 'Did you mean "low_confidence"?'
    assert [q.name for q in sqlfiles.read_files(tmp_path)] == ["low_confidence"]


@pytest.fixture
def product(tmp_path: Path) -> Product:
    folder = tmp_path / "shop"
    folder.mkdir()
    return Product("shop", folder, tmp_path, "shop")


def test_the_first_migration_has_number_1_and_depends_on_nothing(product: Product) -> None:
    paths = scaffold(product, "create_books")
    assert [p.name for p in paths] == ["shop_0001_create_books.sql", "shop_0001_create_books.rollback.sql"]
    (found,) = read_folder(product.migrations)
    assert found.depends == ()
    with pytest.raises(FileError, match="without a statement"):
        check_script(found.apply)
    paths[0].write_text(paths[0].read_text() + "CREATE TABLE books (id integer);\n")
    check_script(read_folder(product.migrations)[0].apply)


def test_the_next_one_is_numbered_in_the_style_of_the_last_and_depends_on_the_heads(product: Product) -> None:
    scaffold(product, "create_books")
    scaffold(product, "create_loans")
    scaffold(product, "index_loans", transactional=False)
    third = read_folder(product.migrations)[-1]
    assert third.id == "shop_0003_index_loans"
    assert third.depends == ("shop_0002_create_loans",)
    assert not third.apply.transactional
    assert third.rollback is not None
    assert not third.rollback.transactional


def test_numbers_keep_their_width_and_prefix(product: Product) -> None:
    (product.migrations / "099-old.sql").write_text("SELECT 1;")
    assert scaffold(product, "add_more")[0].name == "100_add_more.sql"


@pytest.mark.parametrize(
    "name", ["books", "Create_Books", "create books", "create-books", "../create_books", "create__books", ""]
)
def test_a_name_is_verb_and_object(product: Product, name: str) -> None:
    with pytest.raises(Misuse) as refused:
        scaffold(product, name)
    assert "add_guild_quests" in refused.value.hint
    assert list(product.migrations.iterdir()) == []
