"""What linters said is said again for the same file, configuration and program, and for nothing else."""

import os
import threading

import pytest

from slate_pg.checks import lint as linting
from slate_pg.checks.lint import lint
from slate_pg.checks.lint_cache import ask_once, identity, texts
from slate_pg.config import find_project

UNSAFE = "CREATE TABLE t (id int);\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose style is not configured: squawk alone."""
    folder = tmp_path / "migrations" / "shop"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"shop_000{number}_x.sql").write_text(UNSAFE)
        (folder / f"shop_000{number}_x.rollback.sql").write_text("DROP TABLE t;\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return find_project(str(tmp_path / "migrations"))


@pytest.fixture
def asked(monkeypatch):
    """The runs of a linter's program, each as the files it was given."""
    runs, real = [], linting._run

    def run(project, *command):
        runs.append(sorted(os.path.basename(word) for word in command if word.endswith(".sql")))
        return real(project, *command)

    monkeypatch.setattr(linting, "_run", run)
    return runs


def caches(project):
    return list((project.root / "cache" / "slate").iterdir())


def test_one_run_reads_all_files_and_the_next_none(project, asked):
    first = lint(project, project.products)
    assert (len(first.findings) > 0, len(asked), len(asked[0])) == (True, 1, 3)
    assert lint(project, project.products) == first
    assert len(asked) == 1


def test_a_changed_file_alone_is_read_again(project, asked):
    before = lint(project, project.products)
    (project.products[0].migrations / "shop_0001_x.sql").write_text("SELECT 1;\n")
    after = lint(project, project.products)
    assert asked[1:] == [["shop_0001_x.sql"]]
    assert after.findings == [f for f in before.findings if "shop_0001" not in f.file]


def test_another_configuration_asks_again(project, asked):
    lint(project, project.products)
    rules = {f.message.rpartition("(squawk ")[2].rstrip(")") for f in lint(project, project.products).findings}
    (project.root / ".squawk.toml").write_text(f"excluded_rules = {sorted(rules)}\n")
    assert not [
        f for f in lint(project, project.products).findings if f.message.endswith(tuple(f"{r})" for r in rules))
    ]
    assert len(asked) == 2


def test_another_release_of_the_linter_asks_again(project, asked, monkeypatch):
    lint(project, project.products)
    monkeypatch.setattr("slate_pg.checks.lint_cache.version", lambda name: "99.0")
    lint(project, project.products)
    assert len(asked) == 2


def test_another_program_of_the_same_release_is_another_linter(tmp_path):
    program = tmp_path / "squawk"
    program.write_text("one")
    before = identity("no-such-distribution", str(program))
    program.write_text("other")
    assert identity("no-such-distribution", str(program)) != before


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b"[1]", b"abc\n{}", None])
def test_a_damaged_cache_changes_no_answer(project, asked, damage):
    first = lint(project, project.products)
    (cache,) = caches(project)
    cache.write_bytes(cache.read_bytes().replace(b"line", b"lime") if damage is None else damage)
    assert lint(project, project.products) == first
    assert len(asked) == 2


def test_a_cache_that_cannot_be_written_changes_no_answer(project, asked, monkeypatch):
    first = lint(project, project.products)
    blocked = project.root / "a file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert lint(project, project.products) == first
    assert len(asked) == 2


def test_many_at_once_get_the_right_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    names = {}
    for number in range(20):
        (tmp_path / f"{number}.sql").write_text(str(number))
        names[tmp_path / f"{number}.sql"] = f"{number}.sql"
    wrong = []

    def work(first):
        mine = dict(list(names.items())[first : first + 10])
        for _ in range(20):
            said = ask_once("x", ["same"], mine, lambda new: {p: [{"text": p.read_text()}] for p in new})
            wrong.extend(p for p in mine if said[p] != [{"text": p.read_text()}])

    threads = [threading.Thread(target=work, args=(n,)) for n in (0, 5, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_configuration_that_is_not_there_counts_as_one(tmp_path):
    absent = texts([tmp_path / ".sqlfluff"])
    (tmp_path / ".sqlfluff").write_text("")
    assert texts([tmp_path / ".sqlfluff"]) != absent
