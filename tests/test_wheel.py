"""The package as others install it: one importable name, beside a repository's own folder `toolkit`."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ("pyproject.toml", "README.md", "LICENSE")


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **options)
    assert not options.get("check") or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy by the build backend that is installed here; no index is asked."""
    copy = tmp_path_factory.mktemp("source")
    for name in SOURCE:
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "toolkit", copy / "toolkit", ignore=shutil.ignore_patterns("__pycache__"))
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", copy / "dist", cwd=copy)
    assert built.returncode == 0, built.stderr
    (found,) = (copy / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The Python of a new environment that has the wheel, and the dependencies from this one's folder."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    (site,) = home.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:  # what an installer does with a wheel of pure Python
        archive.extractall(site)
    # A path in a .pth file adds that folder and not what its own .pth files name: the editable slate_pg stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture
def repository(tmp_path):
    """A stranger's repository with a folder `toolkit` that has a module `testing` of its own."""
    (tmp_path / "toolkit").mkdir()
    (tmp_path / "toolkit" / "__init__.py").write_text("")
    (tmp_path / "toolkit" / "testing.py").write_text("MINE = 'mine'\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.slate]\nmigrations = "db"\n[tool.pytest.ini_options]\npythonpath = ["."]\n'
    )
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "0001_make_shops.sql").write_text("CREATE TABLE shops (id integer PRIMARY KEY);\n")
    (tmp_path / "db" / "0001_make_shops.rollback.sql").write_text("DROP TABLE shops;\n")
    (tmp_path / "test_shops.py").write_text(
        "import slate_pg\nfrom toolkit.testing import MINE\n\n\n"
        "def test_shops(db):\n"
        "    assert MINE == 'mine'\n"
        "    assert 'environment' in slate_pg.__file__, slate_pg.__file__\n"
        "    assert 'id' in db.table('public.shops').columns\n"
    )
    return tmp_path


def test_a_wheel_has_one_importable_name_with_its_types_and_its_sql(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"slate_pg"}
    assert len(tops) == 2
    assert "slate_pg/py.typed" in names
    packed = {name.removeprefix("slate_pg/") for name in names if name.endswith((".sql", ".jinja"))}
    folder = ROOT / "toolkit" / "slate_pg"
    here = {str(p.relative_to(folder)) for kind in ("*.sql", "*.jinja") for p in folder.rglob(kind)}
    assert packed == here


def test_a_wheel_does_not_ship_what_measures_slate_itself(wheel):
    assert [name for name in zipfile.ZipFile(wheel).namelist() if "bench/own" in name] == []


def test_slate_test_runs_in_a_repository_with_its_own_toolkit(python, repository):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SLATE_", "PYTEST_", "PYTHON"))}
    ran = run(python, "-m", "slate_pg", "test", "-q", "-p", "no:cacheprovider", cwd=repository, env=environment)
    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_a_section_that_measures_slate_itself_is_named_and_the_others_run(python, repository):
    refused = run(python, "-m", "slate_pg", "bench", "--only", "runner", cwd=repository)
    assert refused.returncode == 1
    assert 'section "runner" is not part of an installed slate-pg' in refused.stderr
    assert "Measure it in a clone" in refused.stderr
    all_of_them = run(python, "-m", "slate_pg", "bench", cwd=repository)
    assert all_of_them.returncode == 0, all_of_them.stderr
    assert "nothing to measure" in all_of_them.stderr
