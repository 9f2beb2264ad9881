"""Comparing facts: what is told once, what is told apart, what versions do not have in common."""

from __future__ import annotations

from slate_pg.catalog.compare import compare, shorten
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts, set_periods_apart

T = Identity("table", "a", "t")
X = Identity("column", "a", "x", T)
X_SAID = Identity("comment", on=X)
TABLE: Facts = {
    T: {"owner": "me"},
    X: {"table": "a.t", "type": "integer"},
    Identity("index", "a", "t_x_idx"): {"table": "a.t", "definition": "USING btree (x)"},
    Identity("sequence", "a", "t_x_seq"): {"owned_by": "a.t.x"},
    Identity("trigger", "a", "t_told", T): {},
    Identity("comment", on=Identity("trigger", "a", "t_told", T)): {"text": "Tells."},
    Identity("grant", name="you", on=T): {"privileges": ["SELECT"]},
    X_SAID: {"text": "An x."},
}


def said(expected: Catalog, found: Catalog) -> list[str]:
    return [str(d) for d in compare(expected, found)]


def test_what_goes_with_a_missing_table_is_not_told_again() -> None:
    assert said(Catalog(TABLE), Catalog({})) == ["table a.t: missing"]
    assert said(Catalog({}), Catalog(TABLE)) == ["table a.t: not expected"]


def test_a_missing_column_of_a_table_that_is_there_is_told() -> None:
    found = {i: facts for i, facts in TABLE.items() if i not in (X, X_SAID) and i.kind != "sequence"}
    assert said(Catalog(TABLE), Catalog(found)) == ["column a.t.x: missing"]


def test_what_only_has_a_name_like_the_missing_ones_is_told() -> None:
    """Sentences said `a.t` in all of these; only fields say what belongs to what."""
    others: Facts = {
        Identity("function", "a", "of_t", arguments="integer"): {},
        Identity("table", "a", "t on a.t"): {},
        Identity("role", name="a.t"): {},
        Identity("grant", name="a.t", on=Identity("schema", name="b")): {},
        Identity("setting", name="work_mem", on=Identity("role", name="table a.t"), arguments="every database"): {},
    }
    told = said(Catalog(TABLE | others), Catalog({}))
    assert sorted(told) == sorted(f"{identity}: missing" for identity in (T, *others))


def test_what_goes_with_a_missing_type_schema_or_publication_is_not_told_again() -> None:
    grade, told = Identity("type", "b", "x y"), Identity("publication", name="a b")
    facts: Facts = {
        grade: {},
        Identity("function", "b", "f", arguments='integer,b."x y"'): {},
        Identity("cast", name='b."x y"', arguments="text"): {},
        told: {},
        Identity("publication", name="a b", on=T): {},
    }
    assert sorted(said(Catalog(facts), Catalog({}))) == ['publication "a b": missing', 'type b."x y": missing']
    facts = {Identity("schema", name="b"): {}, grade: {}, Identity("comment", on=grade): {}}
    assert said(Catalog(facts), Catalog({})) == ["schema b: missing"]


def test_the_gravest_comes_first() -> None:
    found = {
        **TABLE,
        X_SAID: {"text": "Another x."},
        T: {"owner": "them"},
        X: {"table": "a.t", "type": "bigint"},
    }
    assert [d.severity for d in compare(Catalog(TABLE), Catalog(found))] == ["security", "integrity", "cosmetic"]


def test_a_long_text_is_told_by_the_first_line_that_differs() -> None:
    assert shorten("a\nb\nc", "a\nB\nc") == ("b (line 2)", "B (line 2)")
    one, other = shorten("x" * 300 + "one", "x" * 300 + "two")
    assert "one" in one
    assert "two" in other
    assert max(len(one), len(other)) < 110


def leaf(name: str, bound: str, **more: object) -> Facts:
    table = Identity("table", "a", name)
    return {
        table: {"partition_bound": bound, "period_of": "a.log", "row_security": True, **more},
        Identity("index", "a", "log_pkey", table): {
            "table": table.qualified,
            "name": f"{name}_pkey",
            "definition": "btree (id)",
        },
        Identity("index", "a", f"{name}_idx"): {"table": table.qualified, "definition": "btree (id)"},
    }


def test_which_months_there_are_is_no_difference_and_how_each_is_made_is() -> None:
    expected = set_periods_apart(leaf("log_2026_11", "FROM (11) TO (12)"))
    assert said(expected, set_periods_apart(leaf("log_2026_03", "FROM (3) TO (4)"))) == []
    open_leaf = set_periods_apart(leaf("log_2026_03", "FROM (3) TO (4)", row_security=False))
    assert said(expected, open_leaf) == ["table a.log_2026_03: row_security: expected true, found false"]


def test_a_month_that_both_have_is_compared_with_its_bounds() -> None:
    expected = set_periods_apart(leaf("log_2026_11", "FROM (11) TO (12)"))
    found = set_periods_apart(leaf("log_2026_11", "FROM (10) TO (12)"))
    assert said(expected, found) == [
        "table a.log_2026_11: partition_bound: expected FROM (11) TO (12), found FROM (10) TO (12)"
    ]


def test_what_only_one_of_two_versions_has_is_no_difference() -> None:
    new: Facts = {
        Identity("grant", name="me", on=T): {"privileges": ["MAINTAIN", "SELECT"]},
        Identity("constraint", "a", "t_x_not_null", T): {"kind": "n"},
        Identity("constraint", "a", "t_x_check", T): {"kind": "c", "enforced": True, "definition": "CHECK (x > 0)"},
    }
    old: Facts = {
        Identity("grant", name="me", on=T): {"privileges": ["SELECT"]},
        Identity("constraint", "a", "t_x_check", T): {"kind": "c", "definition": "CHECK (x > 0)"},
    }
    assert said(Catalog(new, major=18), Catalog(old, major=15)) == []
    assert said(Catalog(new, major=18), Catalog(old, major=18)) != []
