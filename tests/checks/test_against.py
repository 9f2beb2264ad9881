"""`slate check --against` says what merging a branch would do, in real repositories, and leaves them as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slate_pg.checks.against.files import number_of

BASE = {
    "migrations/shop/shop_0001_goods.sql": "CREATE TABLE goods (id integer PRIMARY KEY, name text);",
    "migrations/shop/shop_0001_goods.rollback.sql": "DROP TABLE goods;",
    "pyproject.toml": '[tool.slate]\nmigrations = "migrations"',
}


class Repository:
    """A repository of its own, with main and a branch that parted from it."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.commit(files)
        self.git("branch", "feature/a b".replace(" ", "-"))

    def git(self, *arguments: str) -> str:
        named = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", "-C", str(self.root), *named, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str | None], branch: str | None = None) -> None:
        if branch:
            self.git("switch", "-q", branch)
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    def diverge(self, main: dict[str, str | None], feature: dict[str, str | None]) -> None:
        """Commit on main, then on the branch, which stays checked out."""
        self.commit(main, "main")
        self.commit(feature, "feature/a-b")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "Weird Name", BASE)


def slate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slate_pg", "check", *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "toolkit")},
    )  # fmt: skip


def asked(folder: Path, *arguments: str, against: str = "main") -> tuple[int, list[dict[str, str]], str]:
    """Return the exit code, the findings of --json, and what stderr said."""
    done = slate(folder, "--against", against, "--json", *arguments)
    found = json.loads(done.stdout)
    assert "error" not in found, done.stderr
    return done.returncode, found["findings"], done.stderr


def by_rule(findings: list[dict[str, str]], rule: str) -> list[dict[str, str]]:
    return [f for f in findings if f["rule"] == rule]


def add(name: str, sql: str, undo: str = "SELECT 1;") -> dict[str, str | None]:
    return {f"migrations/shop/{name}.sql": sql, f"migrations/shop/{name}.rollback.sql": undo}


def test_a_merge_of_two_branches_that_touch_one_table_names_it(repository: Repository) -> None:
    repository.diverge(
        add("shop_0002_price", "ALTER TABLE goods ADD COLUMN price integer;"),
        add("shop_0003_label", "CREATE INDEX goods_name_idx ON goods (name);"),
    )
    done = slate(repository.root, "--against", "main")
    assert done.returncode == 3, done.stderr
    assert (
        "shop_0003_label.sql:1: merge_relation: table shop.goods: touched by shop_0003_label of this branch and "
        in (done.stdout)
    )
    assert "shop_0002_price of main" in done.stdout
    assert "1 new migration of this branch beside 1 new migration of main, 1 finding" in done.stderr


def test_branches_that_touch_different_things_give_no_finding_and_nothing_in_the_repository_changes(
    repository: Repository,
) -> None:
    repository.diverge(
        add("shop_0002_makers", "CREATE TABLE makers (id integer PRIMARY KEY);"),
        add("shop_0003_buyers", "CREATE TABLE buyers (id integer PRIMARY KEY REFERENCES goods);"),
    )
    (repository.root / "uncommitted.txt").write_text("mine")

    def state() -> tuple[str, str, list[str]]:
        objects = sorted(str(p) for p in (repository.root / ".git").rglob("*") if p.is_file())
        return repository.git("status", "--porcelain", "--branch"), repository.git("stash", "list"), objects

    before = state()
    code, findings, said = asked(repository.root)
    assert (code, findings) == (0, []), said
    assert "shop_0002_makers of main runs before files of this branch" in said
    assert state() == before


@pytest.mark.parametrize(
    ("main", "feature", "said"),
    [
        ("ALTER TABLE goods RENAME COLUMN name TO title;", "UPDATE goods SET name = 'x';", "main first"),
        ("DROP TABLE goods;", "ALTER TABLE goods ADD COLUMN a integer;", "this branch first"),
    ],
)
def test_what_applies_in_one_order_only_is_said_with_the_order(
    repository: Repository, main: str, feature: str, said: str
) -> None:
    repository.diverge(add("shop_0003_main", main), add("shop_0002_feature", feature))
    code, findings, _ = asked(repository.root)
    assert code == 3
    assert [f["object"] for f in by_rule(findings, "merge_relation")] == ["table shop.goods"]
    (order,) = by_rule(findings, "merge_order") or by_rule(findings, "merge_replay")
    assert "shop_000" in order["file"]
    if order["rule"] == "merge_order":
        assert said in order["message"]


def test_what_is_built_otherwise_in_another_order_is_named_attribute_by_attribute(repository: Repository) -> None:
    body = "CREATE OR REPLACE FUNCTION total() RETURNS integer LANGUAGE sql RETURN {};"
    repository.diverge(
        {**add("shop_0002_one", body.format(1)), **add("shop_0004_owner", "COMMENT ON TABLE goods IS 'theirs';")},
        {**add("shop_0003_two", body.format(2)), **add("shop_0005_owner", "COMMENT ON TABLE goods IS 'ours';")},
    )
    code, findings, _ = asked(repository.root)
    assert code == 3
    order = by_rule(findings, "merge_order")
    assert {f["object"] for f in order} == {"function shop.total()", "comment on table shop.goods"}
    comment = next(f for f in order if f["object"].startswith("comment"))
    assert {f["file"] for f in order} == {"migrations/shop/shop_0003_two.sql", "migrations/shop/shop_0005_owner.sql"}
    assert comment["message"].endswith("is theirs with this branch first, ours with main first")
    assert {f["object"] for f in by_rule(findings, "merge_relation")} == {"function shop.total()", "table shop.goods"}


def test_two_columns_added_to_one_table_are_told_as_an_order_of_columns(repository: Repository) -> None:
    repository.diverge(
        add("shop_0002_a", "ALTER TABLE goods ADD COLUMN a integer;"),
        add("shop_0003_b", "ALTER TABLE goods ADD COLUMN b integer;"),
    )
    _, findings, _ = asked(repository.root)
    (order,) = by_rule(findings, "merge_order")
    assert (order["object"], order["severity"]) == ("table shop.goods", "cosmetic")


def test_the_same_number_on_both_sides_is_named_with_both_files(repository: Repository) -> None:
    repository.diverge(
        add("shop_0002_makers", "CREATE TABLE makers (id integer);"),
        add("shop_2_buyers", "CREATE TABLE buyers (id integer);"),
    )
    code, findings, _ = asked(repository.root)
    (number,) = by_rule(findings, "merge_number")
    assert code == 3
    assert "shop_2_buyers of this branch and shop_0002_makers of main have number 2" in number["message"]


def test_a_file_of_this_branch_that_would_run_before_one_of_the_other_is_late(repository: Repository) -> None:
    repository.diverge(
        add("shop_0003_makers", "CREATE TABLE makers (id integer);"),
        add("shop_0002_buyers", "CREATE TABLE buyers (id integer);"),
    )
    code, findings, _ = asked(repository.root)
    (late,) = findings
    assert (code, late["rule"]) == (3, "merge_late")
    assert late["message"].startswith("shop_0002_buyers runs before shop_0003_makers, which main has")


def test_two_heads_are_named_with_the_side_each_is_of(repository: Repository) -> None:
    depends = "-- depends: shop_0001_goods\n"
    repository.diverge(
        add("shop_0002_makers", depends + "CREATE TABLE makers (id integer);"),
        add("shop_0003_buyers", depends + "CREATE TABLE buyers (id integer);"),
    )
    _, findings, _ = asked(repository.root)
    (heads,) = findings
    assert heads["rule"] == "merge_heads"
    assert "shop_0002_makers (main), shop_0003_buyers (this branch)" in heads["message"]


def test_a_file_changed_on_both_sides_is_named_whether_git_can_merge_it_or_not(repository: Repository) -> None:
    name = "migrations/shop/shop_0001_goods.sql"
    long = "-- one\n\n\n\n\n\n\n\n" + BASE[name]
    repository.commit({name: long}, "main")
    repository.git("branch", "-f", "feature/a-b", "main")
    repository.diverge({name: long.replace("one", "two")}, {name: long + "\n-- more"})
    _, findings, said = asked(repository.root)
    assert [(f["rule"], f["file"]) for f in findings] == [("merge_same_file", name)]
    assert "git cannot merge" not in said
    repository.commit({name: long.replace("one", "three")}, "feature/a-b")
    _, findings, said = asked(repository.root)
    assert [f["rule"] for f in findings] == ["merge_same_file"]
    assert f"git cannot merge {name}" in said


def test_two_files_of_one_name_are_a_file_added_on_both_sides(repository: Repository) -> None:
    repository.diverge(
        add("shop_0002_more", "CREATE TABLE makers (id integer);"),
        add("shop_0002_more", "CREATE TABLE buyers (id integer);"),
    )
    code, findings, _ = asked(repository.root)
    assert code == 3
    (same,) = by_rule(findings, "merge_same_file")
    assert same["file"] == "migrations/shop/shop_0002_more.sql"
    assert "added on both sides" in same["message"]


def test_a_commit_that_both_sides_have_picked_is_no_finding(repository: Repository) -> None:
    picked = add("shop_0002_makers", "CREATE TABLE makers (id integer);")
    repository.diverge(picked, {**picked, **add("shop_0003_buyers", "CREATE TABLE buyers (id integer);")})
    code, findings, said = asked(repository.root)
    assert (code, findings) == (0, []), said


def test_uncommitted_files_are_part_of_this_side(repository: Repository) -> None:
    repository.diverge(add("shop_0002_a", "ALTER TABLE goods ADD COLUMN a integer;"), {"README.md": "x"})
    for name, text in add("shop_0003_b", "DELETE FROM goods;").items():
        (repository.root / name).write_text(str(text))
    code, findings, _ = asked(repository.root)
    assert (code, [f["object"] for f in findings]) == (3, ["table shop.goods"])


def test_settings_that_cannot_be_read_on_the_other_side_are_said(repository: Repository) -> None:
    repository.diverge({"pyproject.toml": '[tool.slate]\nmigration = "db"'}, add("shop_0002_a", "SELECT 1;"))
    done = slate(repository.root, "--against", "main")
    assert done.returncode == 2
    assert 'the files of main: pyproject.toml: [tool.slate] has no setting "migration"' in done.stderr


def test_settings_that_git_cannot_merge_are_taken_as_here(repository: Repository) -> None:
    text = '[tool.slate]\nmigrations = "migrations"\nrules = ["{}"]'
    repository.diverge(
        {"pyproject.toml": text.format("all"), **add("shop_0002_a", "UPDATE goods SET id = 1;")},
        {"pyproject.toml": text.format("generic"), **add("shop_0003_b", "DELETE FROM goods;")},
    )
    code, findings, said = asked(repository.root)
    assert (code, [f["object"] for f in findings]) == (3, ["table shop.goods"]), said


def test_nothing_new_on_the_other_side_is_nothing_to_build(repository: Repository) -> None:
    repository.diverge({"README.md": "x"}, add("shop_0002_a", "THIS IS NO SQL;"))
    code, findings, said = asked(repository.root)
    assert (code, findings) == (0, []), said
    assert "beside 0 new migrations of main" in said


def test_branches_are_found_by_any_name_of_a_commit(repository: Repository, tmp_path: Path) -> None:
    """By slashes, of a remote, from a detached head, a worktree, and a subfolder."""
    repository.diverge(
        add("shop_0002_a", "ALTER TABLE goods ADD COLUMN a integer;"), add("shop_0003_b", "UPDATE goods SET id = 1;")
    )
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(repository.root), str(clone)], check=True)
    places = [(clone, "origin/main"), (clone, "main"), (clone / "migrations", "refs/remotes/origin/main")]
    worktree = tmp_path / "tree"
    repository.git("worktree", "add", "-q", "--detach", str(worktree), "main")
    places += [(worktree, "feature/a-b"), (worktree, repository.git("rev-parse", "feature/a-b"))]
    for place, name in places:
        code, findings, said = asked(place, against=name)
        assert (code, {f["object"] for f in by_rule(findings, "merge_relation")}) == (3, {"table shop.goods"}), said
    assert '"main" is origin/main here' in slate(clone, "--against", "main").stderr


def test_a_shallow_clone_says_what_to_fetch(repository: Repository, tmp_path: Path) -> None:
    repository.diverge(add("shop_0002_a", "SELECT 1;"), add("shop_0003_b", "SELECT 1;"))
    shallow = tmp_path / "shallow"
    address = f"file://{repository.root}"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "--no-single-branch", "--branch=feature/a-b", address, str(shallow)],
        check=True,
    )
    done = slate(shallow, "--against", "origin/main")
    assert done.returncode == 2
    assert "this clone is shallow, and does not know where origin/main" in done.stderr
    assert "git fetch --unshallow" in done.stderr
    subprocess.run(["git", "-C", str(shallow), "fetch", "-q", "--unshallow"], check=True)
    assert slate(shallow, "--against", "origin/main").returncode == 0


@pytest.mark.parametrize("name", ["nowhere", "", "--output=x", "main..feature"])
def test_a_branch_that_is_not_there_is_misuse(repository: Repository, name: str) -> None:
    done = slate(repository.root, f"--against={name}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_in_no_repository_is_said(tmp_path: Path) -> None:
    for name, text in BASE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = slate(tmp_path, "--against", "main")
    assert done.returncode == 1
    assert "not a git repository" in done.stderr


def test_branches_without_a_common_commit_have_all_files_on_both_sides(repository: Repository) -> None:
    repository.git("switch", "-q", "--orphan", "other")
    repository.commit({**add("shop_0001_goods", "CREATE TABLE goods (id bigint);"), "pyproject.toml": "[tool.slate]"})
    code, findings, said = asked(repository.root)
    assert "have no commit in common" in said
    assert (code, {f["rule"] for f in findings}) == (3, {"merge_same_file"})


@pytest.mark.parametrize("renames", ["main", "feature/a-b"])
def test_a_folder_that_one_side_has_renamed_is_the_same_folder(tmp_path: Path, renames: str) -> None:
    flat = {f"db/000{n}_t{n}.sql": f"CREATE TABLE t{n} (id integer PRIMARY KEY, name text);" for n in (1, 2, 3)}
    repository = Repository(tmp_path / "repository", flat)
    for branch, number in (("main", 4), ("feature/a-b", 5)):
        repository.git("switch", "-q", branch)
        if branch == renames:
            repository.git("mv", "db", "schema")
            repository.git("commit", "-q", "-m", "x")
        folder = "schema" if branch == renames else "db"
        repository.commit({f"{folder}/000{number}_x.sql": f"ALTER TABLE t1 ADD COLUMN c{number} integer;"})
    here = "schema" if renames == "feature/a-b" else "db"
    code, findings, said = asked(repository.root, "--migrations", here)
    assert (code, [f["object"] for f in by_rule(findings, "merge_relation")]) == (3, ["table public.t1"]), said
    assert not by_rule(findings, "merge_same_file")


def test_strangers_layouts_are_compared_as_their_tools_have_them(tmp_path: Path) -> None:
    first = "CREATE TABLE goods (id integer PRIMARY KEY);"
    goose = "-- +goose Up\n{}\n-- +goose Down\nSELECT 1;"
    for layout, names, texts in (
        ("goose", ("00001_a.sql", "00002_b.sql", "00003_c.sql"), goose),
        ("flyway", ("V1__a.sql", "V1_1__b.sql", "V1_2__c.sql"), "{}"),
        ("prisma", ("1_a/migration.sql", "2_b/migration.sql", "3_c/migration.sql"), "{}"),
    ):
        base, main, feature = (f"sub/{layout}/db/migrations/{name}" for name in names)
        repository = Repository(tmp_path / layout, {base: texts.format(first)})
        repository.diverge(
            {main: texts.format("ALTER TABLE goods ADD COLUMN a integer;")},
            {feature: texts.format("ALTER TABLE goods ADD CHECK (id > 0);")},
        )
        code, findings, said = asked(repository.root / "sub" / layout)
        assert (code, [f["object"] for f in findings]) == (3, ["table public.goods"]), (layout, said, findings)


def test_the_same_version_of_flyway_on_both_sides_is_named(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "f", {"migrations/V1__a.sql": "SELECT 1;"})
    repository.diverge({"migrations/V2__b.sql": "SELECT 1;"}, {"migrations/V2__c.sql": "SELECT 2;"})
    code, findings, said = asked(repository.root)
    assert code == 3
    assert {"merge_number", "graph"} <= {f["rule"] for f in findings}, findings
    assert "the merge was not built" in said
    assert not any("slate-" in f["message"] + f["file"] for f in findings)


def test_other_forms_are_those_of_check(repository: Repository) -> None:
    repository.diverge(add("shop_0002_a", "DELETE FROM goods;"), add("shop_0003_b", "TRUNCATE goods;"))
    done = slate(repository.root, "--against", "main", "--format", "junit")
    assert done.returncode == 3
    assert len(list(ElementTree.fromstring(done.stdout).iter("failure"))) == 1  # noqa: S314 - our own
    assert "merge_relation" in done.stdout


def test_files_of_both_sides_that_make_one_role_are_built_apart(repository: Repository) -> None:
    repository.diverge(
        add("shop_0002_a", "CREATE ROLE merge_one;", "DROP ROLE merge_one;"),
        add("shop_0003_b", "CREATE ROLE merge_two;", "DROP ROLE merge_two;"),
    )
    code, findings, said = asked(repository.root)
    assert (code, findings) == (0, []), said


def test_a_merge_that_does_not_apply_in_its_own_order_is_said_with_the_file(repository: Repository) -> None:
    repository.diverge(
        add("shop_0002_a", "CREATE TABLE makers (id integer);"), add("shop_0003_b", "CREATE TABLE makers (id bigint);")
    )
    _, findings, _ = asked(repository.root)
    (fails,) = by_rule(findings, "merge_replay")
    assert fails["file"] == "migrations/shop/shop_0003_b.sql"
    assert 'relation "makers" already exists' in fails["message"]
    assert [f["object"] for f in by_rule(findings, "merge_relation")] == ["table shop.makers"]


@pytest.mark.parametrize(
    ("name", "parts", "number"),
    [
        ("shop_0007_a", False, "7"),
        ("0007_a_12", False, "7"),
        ("V1_2__a", True, "1.2"),
        ("V1__a2", True, "1"),
        ("add_v2", False, None),
        ("create_goods2", False, None),
        ("20240101120000_x", False, "20240101120000"),
    ],
)
def test_the_number_of_a_name(name: str, parts: bool, number: str | None) -> None:
    assert number_of(name, "shop", parts) == number
