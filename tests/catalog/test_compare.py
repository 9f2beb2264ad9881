"""Comparing facts: what is told once, what is told apart, what versions do not have in common."""

from __future__ import annotations

from slate_pg.catalog.compare import compare, shorten
from slate_pg.catalog.model import Catalog, Facts, set_periods_apart

TABLE: Facts = {
    "table a.t": {"owner": "me"},
    "column a.t.x": {"table": "a.t", "type": "integer"},
    "index a.t_x_idx": {"table": "a.t", "definition": "USING btree (x)"},
    "grant on table a.t to you": {"privileges": ["SELECT"]},
    "comment on table column a.t.x": {"text": "An x."},
}


def said(expected: Catalog, found: Catalog) -> list[str]:
    return [str(d) for d in compare(expected, found)]


def test_what_goes_with_a_missing_table_is_not_told_again() -> None:
    assert said(Catalog(TABLE), Catalog({})) == ["table a.t: missing"]
    assert said(Catalog({}), Catalog(TABLE)) == ["table a.t: not expected"]


def test_a_missing_column_of_a_table_that_is_there_is_told() -> None:
    found = {identity: facts for identity, facts in TABLE.items() if "a.t.x" not in identity}
    assert said(Catalog(TABLE), Catalog(found)) == ["column a.t.x: missing"]


def test_the_gravest_comes_first() -> None:
    found = {
        **TABLE,
        "comment on table column a.t.x": {"text": "Another x."},
        "table a.t": {"owner": "them"},
        "column a.t.x": {"table": "a.t", "type": "bigint"},
    }
    assert [d.severity for d in compare(Catalog(TABLE), Catalog(found))] == ["security", "integrity", "cosmetic"]


def test_a_long_text_is_told_by_the_first_line_that_differs() -> None:
    assert shorten("a\nb\nc", "a\nB\nc") == ("b (line 2)", "B (line 2)")
    one, other = shorten("x" * 300 + "one", "x" * 300 + "two")
    assert "one" in one
    assert "two" in other
    assert max(len(one), len(other)) < 110


def leaf(name: str, bound: str, **more: object) -> Facts:
    return {
        f"table {name}": {"partition_bound": bound, "period_of": "a.log", "row_security": True, **more},
        f"index a.log_pkey of partition {name}": {
            "table": name,
            "name": f"{name[2:]}_pkey",
            "definition": "btree (id)",
        },
    }


def test_which_months_there_are_is_no_difference_and_how_each_is_made_is() -> None:
    expected = set_periods_apart(leaf("a.log_2026_11", "FROM (11) TO (12)"))
    assert said(expected, set_periods_apart(leaf("a.log_2026_03", "FROM (3) TO (4)"))) == []
    open_leaf = set_periods_apart(leaf("a.log_2026_03", "FROM (3) TO (4)", row_security=False))
    assert said(expected, open_leaf) == ["table a.log_2026_03: row_security: expected true, found false"]


def test_a_month_that_both_have_is_compared_with_its_bounds() -> None:
    expected = set_periods_apart(leaf("a.log_2026_11", "FROM (11) TO (12)"))
    found = set_periods_apart(leaf("a.log_2026_11", "FROM (10) TO (12)"))
    assert said(expected, found) == [
        "table a.log_2026_11: partition_bound: expected FROM (11) TO (12), found FROM (10) TO (12)"
    ]


def test_what_only_one_of_two_versions_has_is_no_difference() -> None:
    new: Facts = {
        "grant on table a.t to me": {"privileges": ["MAINTAIN", "SELECT"]},
        "constraint t_x_not_null on a.t": {"kind": "n"},
        "constraint t_x_check on a.t": {"kind": "c", "enforced": True, "definition": "CHECK (x > 0)"},
    }
    old: Facts = {
        "grant on table a.t to me": {"privileges": ["SELECT"]},
        "constraint t_x_check on a.t": {"kind": "c", "definition": "CHECK (x > 0)"},
    }
    assert said(Catalog(new, major=18), Catalog(old, major=15)) == []
    assert said(Catalog(new, major=18), Catalog(old, major=18)) != []
