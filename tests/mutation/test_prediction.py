"""What a run with counting calls did not reach is foreseen to survive, and nothing else."""

from __future__ import annotations

import pytest

from slate_pg.mutation.model import Mutant
from slate_pg.mutation.prediction import survivors

FOUND = [
    ["it's.a key", "constraint", "unique", 0, "never refused"],
    ["it's.tried", "constraint", "check", 0, ""],
    ["it's.p", "policy", "USING (a = 1)", 0, "never refused"],
    ["it's.p", "policy", "USING (b = 1)", 0, "never evaluated"],
    ["it's.p", "policy", "WITH CHECK (a = 1)", 0, ""],
    ["it's.idle", "policy", "USING a", 0, "never evaluated"],
    ["it's.tr", "trigger", "calls f", 0, "never fired"],
    ["it's", "denial", "DELETE by my role", 0, "never tried"],
    ["it's", "denial", "INSERT by my role", 0, ""],
    ["it's", "privilege", "SELECT by my role", 0, "never used"],
    ["it's", "privilege", "UPDATE by my role", 0, ""],
    ['"F x"(text)', "denial", "EXECUTE by my role", 0, "never tried"],
    ['"F x"(text)', "statement", "a", 3, ""],
    ['"F x"(text)', "statement", "b", 5, "never ran"],
    ['"F x"(text)', "statement", "c", 8, ""],
    ["g()", "statement", "a", 3, "never ran"],
]


@pytest.mark.parametrize(
    ("kind", "names", "detail", "foreseen"),
    [
        ("UNIQUE dropped", ("a key", "it's"), "", True),
        ("CHECK dropped", ("tried", "it's"), "", False),
        ("CHECK dropped", ("unknown", "it's"), "", False),
        ("CHECK changed", ("a key", "it's"), "a > 1 with >=", True),
        ("CHECK changed", ("a key", "it's"), "without OR b", False),
        ("policy USING true", ("p", "it's"), "", True),
        ("policy WITH CHECK true", ("p", "it's"), "", False),
        ("policy WITH CHECK true", ("idle", "it's"), "", True),
        ("policy dropped", ("p", "it's"), "", False),
        ("policy dropped", ("idle", "it's"), "", True),
        ("trigger timing", ("tr", "it's"), "AFTER", True),
        ("trigger timing", ("other", "it's"), "AFTER", False),
        ("grant added", ("it's", "my role"), "DELETE to my role", True),
        ("grant added", ("it's", "my role"), "INSERT to my role", False),
        ("grant added", ("F x", "my role"), "EXECUTE to my role", True),
        ("grant added", ("g", "my role"), "EXECUTE to my role", False),
        ("grant revoked", ("it's", "it's", "my role"), "SELECT", True),
        ("grant revoked", ("it's", "it's", "my role"), "UPDATE", False),
        ("function changed", ("F x",), "<= for < at 6:2, b", True),
        ("function changed", ("F x",), "<= for < at 3:2, a", False),
        ("function changed", ("F x",), "<= for < at 9:2, c", False),
        ("strictness", ("F x",), "STRICT", False),
        ("strictness", ("g",), "STRICT", True),
        ("index dropped", ("a key", "it's"), "", False),
    ],
)  # fmt: skip
def test_what_no_test_reached_is_foreseen(kind: str, names: tuple[str, ...], detail: str, foreseen: bool) -> None:
    table = "it's" if names[-1] in ("it's", "my role") else names[0]
    table = names[0] if "EXECUTE" in detail else table
    mutant = Mutant(kind, "o", ("x",), "m", "leak", names, table, detail)
    assert survivors([mutant], FOUND) == ({mutant.key} if foreseen else set())
