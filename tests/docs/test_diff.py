"""The difference of two states: what commits build, and a database against files, in words that are true and harmless."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import psycopg
import pytest

from slate_pg.catalog.compare import Difference
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog
from slate_pg.config import find_project
from slate_pg.docs.access_changes import direction, find_access_changes
from slate_pg.docs.alterations import Attribute, Change, Diff
from slate_pg.docs.altered import lines_of
from slate_pg.docs.comparing import compare_commits, compare_live
from slate_pg.docs.diff_markdown import as_markdown, fenced
from slate_pg.docs.differing import find_difference
from slate_pg.docs.jsonform import as_json, from_json, published_schema
from slate_pg.docs.model import Access, Column, Policy, Site, Table
from slate_pg.docs.site import page_of_difference
from slate_pg.docs.states import State
from slate_pg.errors import Misuse, SlateError
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import disposable
from slate_pg.revisions import split_range
from tests.docs import sample
from tests.docs.conftest import write_project

THIRD = """-- Why: a third. Lock: brief. Rollback loses: `code` and @everyone.
CREATE TABLE "a ```b" (id integer PRIMARY KEY REFERENCES child (id));
ALTER TABLE child ADD COLUMN secret text DEFAULT '<script>', ALTER COLUMN note TYPE varchar(20), DROP COLUMN other CASCADE;
CREATE OR REPLACE FUNCTION note_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- ```` </code></pre><script>alert(1)</script>
    RETURN NEW;
END;
$$;
DROP TABLE "0123456789012345678901234567890123456789012345678901234567890ab";
CREATE ROLE "re|ader";
GRANT SELECT ON child TO "re|ader";
DROP POLICY few ON child;
CREATE POLICY "<b>@many" ON child FOR SELECT TO "re|ader" USING (note = 'a');
"""


def git(root: Path, *arguments: str) -> str:
    named = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", "-C", str(root), *named, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a commit before any migration, the hostile project, a branch, and a third file not committed."""
    root = tmp_path_factory.mktemp("repository") / "it's a % repo"
    root.mkdir()
    (root / "README").write_text("nothing yet")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "begin")
    git(root, "tag", "empty")
    folder = write_project(root)
    (root / ".gitattributes").write_text("*.sql export-ignore\n")  # no archive has them, every checkout has
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    git(root, "tag", "one")
    (folder / "shop" / "shop_0003_third.sql").write_text(THIRD)
    return root


def compared(root: Path, text: str, *names: str) -> Site:
    project = find_project(start=root)
    return compare_commits(project, root, text, names, lambda here: find_project(start=here))


@pytest.fixture(scope="module")
def site(repository: Path) -> Site:
    return compared(repository, "one")


def diff_of(site: Site) -> Diff:
    assert site.diff is not None
    return site.diff


def test_each_object_that_differs_is_told_once_with_what_it_was_and_is(site):
    changes = {(c.how, c.object): c for c in diff_of(site).changes}
    assert set(changes) == {
        ("added", 'table shop."a ```b"'), ("added", "column shop.child.secret"), ("changed", "column shop.child.note"),
        ("removed", "column shop.child.other"), ("removed", "constraint child_parent_other_key on shop.child"),
        ("changed", "function shop.note_child()"), ("added", 'role "re|ader"'),
        ("removed", 'table shop."0123456789012345678901234567890123456789012345678901234567890ab"'),
        ("added", 'grant on table shop.child to "re|ader"'), ("removed", "policy few on shop.child"),
        ("added", 'policy "<b>@many" on shop.child'),
    }  # fmt: skip
    note = changes["changed", "column shop.child.note"].attributes
    assert note == (Attribute("type", "text", "character varying(20)"),)
    assert "id integer not null" in changes["added", 'table shop."a ```b"'].after
    assert {c.product for c in changes.values()} == {"shop", ""}


def test_the_migration_and_its_header_and_the_tables_that_differ_are_told(site):
    diff = diff_of(site)
    ((how, name, says),) = [(m.how, m.name, m.says) for m in diff.migrations]
    assert (how, name) == ("added", "shop_0003_third")
    assert "A rollback loses: `code`" in says
    assert {(t.how, t.table) for t in diff.tables} >= {
        ("added", "a ```b"),
        ("changed", "child"),
        ("same", "Weird Name"),
    }
    assert {(k.how, k.table, k.target) for k in diff.keys} == {
        ("added", "a ```b", "child"), ("same", "child", "Weird Name")
    }  # fmt: skip


def test_who_may_see_more_is_told_with_the_grant_and_the_policy(repository):
    site = compared(repository, "one", "shop")
    assert [(a.how, a.role, a.table, a.before, a.after) for a in diff_of(site).access] == []
    third = repository / "migrations" / "shop" / "shop_0004_use.sql"
    third.write_text('GRANT USAGE ON SCHEMA shop TO "re|ader";')
    try:
        (access,) = diff_of(compared(repository, "one")).access
    finally:
        third.unlink()
    assert (access.how, access.role, access.before, access.after) == ("more", "re|ader", "nothing", "select own rows")
    assert access.because == (
        "new: policy <b>@many for SELECT", 'new: GRANT SELECT ON shop.child TO "re|ader"',
    )  # fmt: skip


def test_two_commits_that_build_the_same_do_not_differ_and_a_first_commit_makes_all_new(repository):
    assert diff_of(compared(repository, "one..HEAD")).changes == ()
    diff = diff_of(compared(repository, "empty..one"))
    assert {c.how for c in diff.changes} == {"added"}
    assert any("has no migrations" in note for note in diff.notes)
    assert {t.how for t in diff.tables} == {"added"}


def test_nothing_of_the_repository_is_touched(repository):
    before = git(repository, "status", "--porcelain"), (repository / ".git" / "index").read_bytes()
    compared(repository, "empty...one")
    assert (git(repository, "status", "--porcelain"), (repository / ".git" / "index").read_bytes()) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope", 'no commit "nope"'), ("--help", 'no commit "--help"'), (".", "do not differ from themselves"),
        ("", "names no commit"), ("one..nope", 'no commit "nope"'), ("one:migrations", "no commit"),
    ],
)  # fmt: skip
def test_what_is_no_commit_is_refused_by_name(repository, text, said):
    with pytest.raises(Misuse, match=said.replace(".", r"\.")) as refused:
        compared(repository, text)
    assert refused.value.hint


def test_a_folder_outside_a_repository_is_said_to_be_so(tmp_path):
    write_project(tmp_path)
    with pytest.raises(SlateError, match="not a git repository"):
        compared(tmp_path, "HEAD")


def test_a_commit_that_cannot_be_built_is_named_and_no_temporary_path_is(tmp_path):
    folder = write_project(tmp_path)
    bad = folder / "shop" / "shop_0003_bad.sql"
    bad.write_text("CREATE TABLE x (id nonsense);")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "bad")
    bad.unlink()
    with pytest.raises(SlateError) as refused:
        compared(tmp_path, "HEAD")
    assert refused.value.message.startswith("HEAD (")
    assert "migrations/shop/shop_0003_bad.sql:1" in refused.value.message
    assert "slate-files-" not in refused.value.message + "".join(refused.value.detail) + refused.value.hint


def test_a_range_is_read_as_git_reads_it():
    assert split_range("a..b") == ("a", "b", False)
    assert split_range("a...b") == ("a", "b", True)
    assert split_range("a..") == ("a", "HEAD", False)
    assert split_range("release/1.2") == ("release/1.2", "", False)


def test_the_json_keeps_the_published_schema_and_reads_back(site):
    jsonschema.validate(json.loads(as_json(site)), published_schema())
    assert from_json(as_json(site)) == site


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_the_page_is_one_file_without_scripts_and_hostile_texts_are_texts(site):
    hostile = Change("changed", sample.SCRIPT, sample.SCRIPT, "", "", "security",
                     (Attribute(sample.SCRIPT, sample.SCRIPT, "</code></pre>" + sample.SCRIPT),))  # fmt: skip
    diff = replace(diff_of(site), changes=(*diff_of(site).changes, hostile), notes=(sample.SCRIPT,))
    text = page_of_difference(replace(site, title=sample.SCRIPT, source=sample.SCRIPT, diff=diff))
    tags = Tags(text).tags
    assert not {"script", "img", "b"} & set(tags)
    assert 'href="assets' not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_markdown_has_no_way_out_of_its_cells_and_fences(site):
    text = as_markdown(diff_of(site))
    outside, fence = [], ""
    for line in text.splitlines():
        run = line[: len(line) - len(line.lstrip("`"))]
        if not fence and len(run) > 2:
            fence = run
        elif fence and line == fence:
            fence = ""
        elif not fence:
            outside.append(line)
    assert not fence
    assert not [line for line in outside if "@" in line or "<script" in line.replace("\\<", "")]
    assert all(line.endswith("|") and line.count("|") - line.count("\\|") == 7
               for line in outside if line.startswith("| ") and "role" in outside[0])  # fmt: skip


def test_a_fence_is_longer_than_any_in_the_text():
    for text in ("", "`", "a ```` b", "```diff\n```", "`" * 70):
        first, *_, last = fenced(text)
        assert first == f"{last}diff"
        assert last not in text or not text
        assert len(last) >= 3


def test_a_comment_is_never_too_long_and_what_is_cut_is_said():
    many = tuple(Change("added", f"table t{n}", "shop", "", "x" * 300, "integrity") for n in range(2000))
    text = as_markdown(Diff("a", "b", many))
    assert len(text) <= 60_000
    assert "more parts are left out here" in text
    alone = as_markdown(Diff("a", "b", (Change("added", "function f()", "shop", "", "x" * 200_000),)))
    assert len(alone) < 20_000
    assert "characters more" in alone


def test_lines_have_signs_and_what_is_alike_between_them_is_left_out():
    assert lines_of("a", "b") == [("-", "a"), ("+", "b")]
    assert lines_of("", "a\nb") == [("+", "a"), ("+", "b")]
    long = [str(n) for n in range(40)]
    found = lines_of("\n".join(long), "\n".join(["x", *long[1:-1], "y"]))
    assert [line for line in found if line[0] != " "] == [
        ("-", "0"), ("+", "x"), ("…", ""), ("-", "39"), ("+", "y")
    ]  # fmt: skip
    assert lines_of("a\r\nb", "a\nb") == [("-", "a\r"), ("+", "a"), (" ", "b")]


def state(*tables: Table, **more) -> State:
    return State("s", Catalog({}), {(t.schema, t.name): t for t in tables}, roles=frozenset({"r"}), **more)


def told(one: Table | None, other: Table | None, differences=(), **more):
    sides = [state(*[t] if t else [], **more) for t in (one, other)]
    return [(c.how, c.because) for c in find_access_changes(*sides, {}, differences)]


def a_table(*words: str, **more) -> Table:
    given = more.pop("grants", ()), more.pop("policies_of", ())
    return Table("s", "t", access=(Access("r", *words, *given),), **more)


OWN, ALL, NONE = ("own rows", "none", "none", "none"), ("all", "none", "none", "none"), ("none",) * 4


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("none", "all", "more"), ("all", "none", "less"), ("own rows", "all", "more"), ("columns", "own rows", "otherwise"),
        ("own rows, columns", "own rows", "more"), ("all", "columns", "less"), ("by the view", "all", "otherwise"),
        ("none", "by the view", "more"), ("as the tables", "none", "less"),
    ],
)  # fmt: skip
def test_more_and_less_are_said_only_of_words_that_can_be_weighed(one, other, how):
    assert direction(one, other) == how


def test_a_grant_that_gives_nothing_new_is_no_change():
    assert told(a_table(*ALL, grants=("a",)), a_table(*ALL, grants=("a", "b"))) == []


def test_a_permissive_policy_gives_and_a_restrictive_one_takes():
    loose, strict = Policy("p", "SELECT", ("r",), "true"), Policy("q", "SELECT", ("r",), "false", restrictive=True)
    plain = a_table(*OWN)
    for policy, new, gone in ((loose, "more", "less"), (strict, "less", "more")):
        having = a_table(*OWN, policies_of=((policy.name,)), policies=(policy,))
        assert [how for how, _ in told(plain, having)] == [new]
        assert [how for how, _ in told(having, plain)] == [gone]
    other = a_table(*OWN, policies_of=("p",), policies=(replace(loose, using="false"),))
    assert [how for how, _ in told(a_table(*OWN, policies_of=("p",), policies=(loose,)), other)] == ["otherwise"]


def test_a_comment_on_a_policy_and_a_policy_for_others_change_nothing():
    policy = Policy("p", "SELECT", ("r",), "true")
    one = a_table(*OWN, policies_of=("p",), policies=(policy,))
    assert told(one, a_table(*OWN, policies_of=("p",), policies=(replace(policy, says="why"),))) == []
    assert told(a_table(*OWN), a_table(*OWN, policies=(policy,))) == []


def test_a_new_column_is_seen_by_whoever_reads_whole_rows_and_by_nobody_else():
    columns = (Column("id", "integer", False), Column("email", "text", True))
    assert told(a_table(*ALL, columns=columns[:1]), a_table(*ALL, columns=columns)) == [
        ("more", ("may read new columns: email",))
    ]
    some = ("columns", "none", "none", "none")
    assert told(a_table(*some, columns=columns[:1]), a_table(*some, columns=columns)) == []


def test_a_function_that_policies_call_makes_access_another():
    changed = Difference(Identity("function", "s", "me"), "body", "a", "b", "integrity")
    called = {("s", "t"): [("s", "me")]}
    assert told(a_table(*OWN), a_table(*OWN), [changed], policies=called) == [
        ("otherwise", ("policies call s.me(), which is another",))
    ]
    assert told(a_table(*ALL), a_table(*ALL), [changed], policies=called) == []


def test_a_new_table_and_one_that_is_gone_say_so():
    assert told(None, a_table(*ALL)) == [("more", ("the table is new",))]
    assert told(a_table(*ALL), None) == [("less", ("the table is gone",))]


def test_a_function_with_its_owners_rights_bears_on_rights_and_says_how_it_runs():
    plain = {"language": "sql", "result": "integer", "body": "SELECT 1", "security_definer": False, "config": None}
    definer = {**plain, "security_definer": True, "config": ["search_path=s"]}
    facts = {Identity("function", "s", name): f for name, f in (("plain", plain), ("definer", definer))}
    found = find_difference(State("a", Catalog({})), State("b", Catalog(facts))).changes
    assert [(c.object, c.severity) for c in found] == [
        ("function s.definer()", "security"), ("function s.plain()", "integrity")
    ]  # fmt: skip
    assert found[0].after.splitlines() == [
        "result integer; language sql; security definer yes; config search_path=s", "SELECT 1"
    ]  # fmt: skip


def test_columns_granted_by_name_are_weighed():
    some = a_table("columns", "none", "none", "none")
    place = ("s", "t", "r", "SELECT")
    one, other = (state(some, columns={place: frozenset(c)}) for c in ("a", "ab"))
    assert [(c.how, c.because) for c in find_access_changes(one, other, {}, ())] == [("more", ("SELECT of b",))]
    assert [(c.how, c.because) for c in find_access_changes(other, one, {}, ())] == [("less", ("no SELECT of b",))]


def slate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "slate_pg", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_a_database_is_compared_with_the_files_and_with_a_commit(repository):
    with disposable() as server:
        applied = slate(
            repository, "apply", "--migrations", "plain:migrations", "--to", "shop_0002_second", "-d", server.url()
        )
        assert applied.returncode == 0, applied.stderr
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("CREATE ROLE hand; GRANT SELECT ON shop.child TO hand; GRANT USAGE ON SCHEMA shop TO hand")
            admin.execute("ALTER TABLE shop.child ADD COLUMN byhand integer")
            admin.execute("CREATE TABLE shop.schema_migrations (version varchar PRIMARY KEY)")
        project = find_project("plain:" + str(repository / "migrations"))
        with connect(server.url()) as connection:

            def against(text: str) -> Diff:
                def find(here: Path):
                    return find_project(f"plain:{here / 'migrations'}")

                return diff_of(compare_live(connection, project, repository, text, (), find, "here"))

            files, commit = against("."), against("one")
            with pytest.raises(Misuse, match="two states already"):
                against("one..HEAD")
        assert {(c.how, c.object) for c in commit.changes} == {
            ("removed", "column shop.child.byhand"), ("removed", "grant on schema shop to hand"),
            ("removed", "grant on table shop.child to hand"),
        }  # fmt: skip
        assert commit.migrations == ()
        assert [m.name for m in files.migrations] == ["shop_0003_third"]
        assert ("added", 'table shop."a ```b"') in {(c.how, c.object) for c in files.changes}
        assert any("files do not make is not compared: hand" in note for note in commit.notes)
        done = slate(
            repository, "docs", "--migrations", "plain:migrations", "-d", server.url(), "--diff", "one", "--to", "out",
            "--format", "markdown",
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "out/diff.md: 3 removed; no change of access was found\n")


def test_dbml_is_refused_and_a_named_folder_of_migrations_will_do(repository, tmp_path):
    refused = slate(repository, "docs", "--diff", "one", "--to", str(tmp_path), "--format", "dbml")
    assert (refused.returncode, "no words for a difference" in refused.stderr) == (2, True)
    done = slate(repository.parent, "docs", "--migrations", f"{repository.name}/migrations", "--diff", "one",
                 "--to", str(tmp_path))  # fmt: skip
    assert (done.returncode, done.stdout.split(": ")[1][:7]) == (0, "5 added"), done.stderr
    assert (tmp_path / "diff.html").is_file()
