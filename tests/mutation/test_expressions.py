from __future__ import annotations

import pytest

from slate_pg.mutation.expressions import condition_variants
from slate_pg.mutation.functions import changed_tokens


@pytest.mark.parametrize(
    ("condition", "changed"),
    [
        ("a > 0", {"a >= 0"}),
        ("(a >= 1) AND (a <= 5)", {"a > 1 AND a <= 5", "a >= 1 AND a < 5", "a >= 1", "a <= 5"}),
        ("a OR b OR c", {"b OR c", "a OR c", "a OR b"}),
        ("a AND (b OR c)", {"b OR c", "a", "a AND b", "a AND c"}),
        ("NOT (a AND b)", {"NOT a", "NOT b"}),
        ("x = ANY (ARRAY['a'::text, 'AND'::text])", {"x = ANY(ARRAY['a'::text])"}),
        ("x = 'a < b AND c OR ''d'''", set()),
        ('"a AND b" = "c < d"', set()),
        ("true", set()),
        ("EXISTS (SELECT 1 FROM t WHERE a AND b)", {"EXISTS (SELECT 1 FROM t WHERE a)", "EXISTS (SELECT 1 FROM t WHERE b)"}),
    ],
)  # fmt: skip
def test_one_part_of_a_condition_is_changed_at_a_time(condition: str, changed: set[str]) -> None:
    assert {text for _, text in condition_variants(condition)} == changed


def test_what_is_no_condition_has_no_variants() -> None:
    assert list(condition_variants("a <")) == []


def test_tokens_of_a_body_are_changed_and_strings_comments_and_names_are_not() -> None:
    body = """ -- é < AND
    IF "a < b" AND c = 'x OR y' /* < */ OR $t$ = $t$ <> d THEN """
    changed = [text for _, text in changed_tokens(body)]
    assert len(changed) == 4
    for text in changed:
        assert len([1 for old, new in zip(body.split(), text.split(), strict=True) if old != new]) == 1
        assert '"a < b"' in text
        assert "'x OR y' /* < */" in text
        assert "-- é < AND" in text
        assert "$t$ = $t$" in text


def test_a_change_is_told_by_line_and_column() -> None:
    ((said, _),) = changed_tokens("x\n  é < 3")
    assert said == "<= for < at 2:5, é < 3"


def test_a_body_that_the_lexer_cannot_read_has_no_changes() -> None:
    assert list(changed_tokens("'never ended AND")) == []
