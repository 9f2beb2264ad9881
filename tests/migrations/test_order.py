"""What to run is decided without a database: order, state, targets and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slate_pg.config import Product, build_project
from slate_pg.errors import EditedError, FileError, GraphError, Misuse
from slate_pg.migrations.differences import difference
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.order import find_misnumbered, in_order
from slate_pg.migrations.state import (
    Applied,
    Interrupted,
    compare,
    edit_error,
    rollback_script,
    to_apply,
    to_roll_back,
)


def migration(name: str, *depends: str, text: str = "", rollback: str | None = "undo") -> Migration:
    undo = None if rollback is None else Script(Path(f"{name}.rollback.sql"), rollback)
    return Migration(name, depends, Script(Path(f"{name}.sql"), text or f"-- {name}"), undo)


def applied(*migrations: Migration) -> dict[str, Applied]:
    return {
        m.id: Applied(
            m.id,
            datetime(2026, 1, 1, tzinfo=UTC),
            m.apply.checksum,
            m.rollback.checksum if m.rollback else None,
            m.apply.text,
            m.rollback.text if m.rollback else None,
        )
        for m in migrations
    }


A, B, C = migration("a"), migration("b"), migration("c")


@st.composite
def graphs(draw: st.DrawFn) -> list[Migration]:
    """Acyclic graphs in a file-name order that has nothing to do with them."""
    size = draw(st.integers(1, 8))
    names = draw(st.permutations([f"m{n}" for n in range(size)]))
    edges = [draw(st.lists(st.sampled_from(names[:n]), unique=True, max_size=3)) if n else [] for n in range(size)]
    return sorted((migration(name, *needs) for name, needs in zip(names, edges, strict=True)), key=lambda m: m.id)


@settings(max_examples=50)
@given(graphs())
def test_every_migration_follows_what_it_depends_on(migrations: list[Migration]) -> None:
    order = in_order(migrations)
    assert sorted(m.id for m in order) == [m.id for m in migrations]
    seen: set[str] = set()
    for m in order:
        assert seen.issuperset(m.depends), f"{m.id} runs before one of {m.depends}"
        seen.add(m.id)


def test_file_names_decide_where_dependencies_leave_a_choice() -> None:
    assert in_order([A, B, C]) == [A, B, C]
    assert in_order([A, migration("b", "a"), C])[0] == A


def test_cycles_and_unknown_names_are_refused_with_the_names() -> None:
    with pytest.raises(GraphError, match="circle") as refused:
        in_order([migration("x", "y"), migration("y", "z"), migration("z", "x")])
    assert all(name in refused.value.message for name in "xyz")
    with pytest.raises(GraphError, match="circle: x"):
        in_order([migration("x", "x")])
    with pytest.raises(GraphError, match='"aa", which is not there') as refused:
        in_order([A, migration("b", "aa")])
    assert refused.value.hint


def test_a_state_tells_applied_pending_edited_missing_and_late_apart() -> None:
    rows = applied(A, C) | applied(migration("gone"))
    changed = migration("c", text="SELECT 2")
    state = compare("p", "s", [A, B, changed], rows, [Interrupted("b", "apply", 1, 2)])
    assert [m.id for m in state.pending] == ["b"]
    assert (state.edited, state.missing, state.late) == (("c",), ("gone",), ("b",))
    assert not state.is_current
    assert compare("p", "s", [A], applied(A)).is_current


def test_a_row_of_another_tool_has_no_checksum_and_is_not_edited() -> None:
    state = compare("p", "s", [A], {"a": Applied("a", None)})
    assert state.is_current
    assert state.rollback_edited == ()


def test_a_missing_migration_stands_where_it_was_applied() -> None:
    rows = applied(A) | applied(migration("gone")) | applied(B, C)
    state = compare("p", "s", [A, B, C], rows)
    assert [a.id for a in state.applied] == ["a", "gone", "b", "c"]
    assert [a.id for a in to_roll_back(state, None, None)] == ["c"]
    assert [a.id for a in to_roll_back(state, "a", None)] == ["c", "b", "gone"]


def test_comments_and_rollbacks_are_told_apart_from_edits() -> None:
    rows = applied(A, B)
    state = compare("p", "s", [migration("a", text="-- a\n-- more"), migration("b", rollback="other")], rows)
    assert (state.recommented, state.edited, state.rollback_edited) == (("a",), (), ("b",))
    assert state.is_current
    assert compare("p", "s", [migration("b", rollback=None)], applied(B)).rollback_edited == ("b",)


def test_apply_goes_up_to_its_target_and_refuses_what_is_late() -> None:
    state = compare("p", "s", [A, B, C], applied(A))
    assert [m.id for m in to_apply(state)] == ["b", "c"]
    assert [m.id for m in to_apply(state, "b")] == ["b"]
    assert to_apply(state, "a") == []
    with pytest.raises(Misuse, match='p has no migration "d"'):
        to_apply(state, "d")
    with pytest.raises(GraphError, match='b stands before "c", which is applied'):
        to_apply(compare("p", "s", [A, B, C], applied(A, C)))


def test_rollback_takes_the_last_the_last_few_or_all_after_one() -> None:
    state = compare("p", "s", [A, B, C], applied(A, B, C))
    assert [a.id for a in to_roll_back(state, None, None)] == ["c"]
    assert [a.id for a in to_roll_back(state, None, 2)] == ["c", "b"]
    assert [a.id for a in to_roll_back(state, "a", None)] == ["c", "b"]
    assert to_roll_back(state, "c", None) == []
    with pytest.raises(Misuse, match="is not applied"):
        to_roll_back(state, "x", None)


def test_the_recorded_rollback_runs_unless_somebody_chooses() -> None:
    row = applied(A)["a"]
    edited = migration("a", rollback="new")
    assert rollback_script("a", row, A, None).text == "undo"
    assert rollback_script("a", row, None, None).text == "undo", "also without a file"
    assert rollback_script("a", row, edited, "ledger").text == "undo"
    assert rollback_script("a", row, edited, "file").text == "new"
    assert rollback_script("a", None, A, None).text == "undo", "a row of stock yoyo has only the file"
    with pytest.raises(EditedError, match="was edited after a was applied"):
        rollback_script("a", row, edited, None)
    with pytest.raises(FileError, match="neither in the ledger nor in the folder"):
        rollback_script("a", Applied("a", None), migration("a", rollback=None), None)


def test_a_difference_is_short_and_an_edit_shows_it() -> None:
    assert difference("a\nb", "a\nc", "x") == [
        "--- x as applied",
        "+++ x in the folder",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]
    long = difference("", "\n".join(map(str, range(100))), "x")
    assert len(long) == 41
    assert long[-1].endswith("more lines")
    error = edit_error(migration("a", text="new"), applied(A)["a"])
    assert "a.sql was edited after it was applied on 2026-01-01 00:00 UTC" in error.message
    assert "+new" in error.detail


def test_files_run_by_their_numbers_where_the_project_says_so(tmp_path: Path) -> None:
    for name in ("10_last", "2_second", "1_first", "02_again"):
        (tmp_path / f"{name}.sql").write_text("SELECT 1;")
        (tmp_path / f"{name}.rollback.sql").write_text("SELECT 1;")
    by_name = Product("shop", tmp_path, tmp_path, "shop")
    assert [m.id for m in in_order(read_migrations(by_name))] == ["02_again", "10_last", "1_first", "2_second"]
    natural = in_order(read_migrations(replace(by_name, order="natural")))
    assert [m.id for m in natural] == ["1_first", "02_again", "2_second", "10_last"]
    assert find_misnumbered(natural) is None
    with pytest.raises(Misuse, match='order is "name" or "natural"'):
        build_project(tmp_path.parent, {"migrations": tmp_path.name, "order": "numeric"})
