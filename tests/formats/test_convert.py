"""Alembic and Django print their migrations, slate writes them as files and goes on beside the tool, which agrees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.errors import Misuse, SlateError
from slate_pg.operations.convert import convert_from
from tests.workshop import Workshop, captured

ENV = """import os
from alembic import context
from sqlalchemy import create_engine
url = os.environ["SHOP_URL"]
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
REVISION = (
    '"""{message}"""\nrevision = "{id}"\ndown_revision = {before}\nimport sqlalchemy as sa\nfrom alembic import op\n'
)
ACCOUNT = """def upgrade():
    op.create_table("account", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))
def downgrade():
    op.drop_table("account")
"""
INDEX = """def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("account_name_idx", "account", ["name"], postgresql_concurrently=True)
    op.execute("INSERT INTO account VALUES (1, 'UPDATE alembic_version; COMMIT;')")
def downgrade():
    op.execute("DELETE FROM account WHERE id = 1")
    op.drop_index("account_name_idx", "account")
"""
MAIL = """def upgrade():
    op.add_column("account", sa.Column("mail", sa.Text))
def downgrade():
    pass
"""


def run(root: Path, *words: str) -> str:
    done = subprocess.run([sys.executable, *words], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def slate(shop: Workshop, *words: str) -> str:
    done = captured(main, "slate", *words, "--database", shop.url)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def alembic(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a project of Alembic in the working directory, with two revisions that it has applied."""
    root = shop.root
    monkeypatch.chdir(root)
    monkeypatch.setenv("SHOP_URL", shop.url.replace("postgresql:", "postgresql+psycopg:", 1))
    (root / "al" / "versions").mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = al\n")
    (root / "al" / "env.py").write_text(ENV)
    write_revision(root, "1975ea83b712", "None", "add accounts", ACCOUNT)
    write_revision(root, "ae1027a6acf0", '"1975ea83b712"', 'an "index"; alone', INDEX)
    run(root, "-m", "alembic", "upgrade", "head")
    return root


def write_revision(root: Path, name: str, before: str, message: str, body: str) -> None:
    head = REVISION.format(message=message, id=name, before=before)
    (root / "al" / "versions" / f"{name}.py").write_text(head + body)


def convert(tool: str, command: str) -> list[str]:
    return [path.name for path in convert_from(Path("db"), tool, f"{sys.executable} {command}").written]


def test_what_alembic_prints_becomes_files_and_its_ledger_is_taken_over_and_kept(shop: Workshop, alembic: Path) -> None:
    assert convert("alembic", "-m alembic") == [
        "0001_1975ea83b712_add_accounts.sql",
        "0001_1975ea83b712_add_accounts.rollback.sql",
        "0002_ae1027a6acf0_an_index_alone.sql",
        "0002_ae1027a6acf0_an_index_alone.rollback.sql",
    ]
    alone = (alembic / "db" / "0002_ae1027a6acf0_an_index_alone.sql").read_text()
    assert alone.startswith("-- transactional: false\n")
    assert "'UPDATE alembic_version; COMMIT;'" in alone
    assert not any("alembic_version " in p.read_text() or "BEGIN" in p.read_text() for p in (alembic / "db").iterdir())
    assert "equal, 2 migrations" in slate(
        shop, "adopt", "db", "--from", "alembic", "--keep-theirs", "--migrations", "db"
    )
    write_revision(alembic, "c0ffee123456", '"ae1027a6acf0"', "add mail", MAIL)
    result = convert_from(Path("db"), "alembic", f"{sys.executable} -m alembic")
    assert [p.name for p in result.written] == ["0003_c0ffee123456_add_mail.sql"]
    assert result.notes == ["0003_c0ffee123456_add_mail cannot be undone: no way back is printed"]
    slate(shop, "apply", "--migrations", "plain:db")
    assert run(alembic, "-m", "alembic", "current").strip() == "c0ffee123456 (head)"
    assert "up to date" in slate(shop, "status", "--migrations", "plain:db")


def test_what_alembic_printed_builds_a_new_database_and_undoes_it(shop: Workshop, alembic: Path) -> None:
    convert("alembic", "-m alembic")
    shop.do("CREATE DATABASE fresh")
    fresh = psycopg.conninfo.make_conninfo(shop.url, dbname="fresh")
    where = ["--migrations", "db", "--database", fresh]
    try:
        for command in (["apply"], ["rollback", "db", "--all"], ["check"]):
            done = captured(main, "slate", *command, *(where if command != ["check"] else where[:2]))
            assert done.returncode == 0, done.stdout + done.stderr
    finally:
        shop.do("DROP DATABASE fresh WITH (FORCE)")


MODELS = "from django.db import models\nclass Account(models.Model):\n    name = models.TextField()\n"
SETTINGS = """import os
SECRET_KEY = "x"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "goods"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["SHOP_NAME"],
    "HOST": os.environ["SHOP_HOST"], "PORT": os.environ["SHOP_PORT"], "USER": os.environ["SHOP_USER"]}}
"""
MANAGE = """import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
MIGRATION = """from django.db import migrations, models
from django.contrib.postgres.operations import AddIndexConcurrently
def fill(apps, schema): pass
class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("goods", "{before}")]
    operations = [{operation}]
"""


@pytest.fixture
def django(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a project of Django in the working directory, with its own apps and one that it has migrated."""
    root = shop.root
    monkeypatch.chdir(root)
    info = shop.watch.info
    for name, value in (("NAME", info.dbname), ("HOST", info.host), ("PORT", str(info.port)), ("USER", info.user)):
        monkeypatch.setenv(f"SHOP_{name}", value)
    monkeypatch.setenv("PGPASSWORD", info.password or os.environ.get("PGPASSWORD", ""))
    (root / "goods" / "migrations").mkdir(parents=True)
    for package in ("goods", "goods/migrations"):
        (root / package / "__init__.py").touch()
    (root / "goods" / "models.py").write_text(MODELS)
    (root / "shop_settings.py").write_text(SETTINGS)
    (root / "manage.py").write_text(MANAGE)
    run(root, "manage.py", "makemigrations", "goods")
    index = 'AddIndexConcurrently("account", models.Index(fields=["name"], name="account_name_idx"))'
    write_migration(root, "0002_index", "0001_initial", index, False)
    write_migration(root, "0003_fill", "0002_index", "migrations.RunPython(fill)")
    run(root, "manage.py", "migrate")
    return root


def write_migration(root: Path, name: str, before: str, operation: str, atomic: bool = True) -> None:
    text = MIGRATION.format(before=before, operation=operation, atomic=atomic)
    (root / "goods" / "migrations" / f"{name}.py").write_text(text)


def test_what_django_prints_becomes_files_and_its_ledger_is_taken_over_and_kept(shop: Workshop, django: Path) -> None:
    result = convert_from(Path("db"), "django", f"{sys.executable} manage.py")
    assert [p.name for p in result.written if "goods" in p.name] == [
        "0015_goods_0001_initial.sql", "0015_goods_0001_initial.rollback.sql",
        "0016_goods_0002_index.sql", "0016_goods_0002_index.rollback.sql", "0017_goods_0003_fill.sql",
    ]  # fmt: skip
    assert "0017_goods_0003_fill: not in the file, for it is no SQL: Raw Python operation" in result.notes
    assert any(note.startswith("0017_goods_0003_fill cannot be undone") for note in result.notes)
    assert (django / "db" / "0016_goods_0002_index.sql").read_text().startswith("-- transactional: false\n")
    where = ["--migrations", "plain:db"]
    assert "equal, 17 migrations" in slate(shop, "adopt", "db", "--from", "django", "--keep-theirs", *where)
    write_migration(
        django, "0004_mail", "0003_fill", 'migrations.AddField("account", "mail", models.TextField(null=True))'
    )
    assert convert("django", "manage.py") == ["0018_goods_0004_mail.sql", "0018_goods_0004_mail.rollback.sql"]
    slate(shop, "apply", *where)
    assert "[ ]" not in run(django, "manage.py", "showmigrations")
    run(django, "manage.py", "migrate", "--check")
    slate(shop, "rollback", "db", *where)
    assert "[ ] 0004_mail" in run(django, "manage.py", "showmigrations", "goods")


def test_what_cannot_be_converted_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    into = tmp_path / "db"
    with pytest.raises(Misuse, match='no migrations are printed by "flyway"'):
        convert_from(into, "flyway", None)
    with pytest.raises(SlateError, match="no-such-program: No such file"):
        convert_from(into, "alembic", "no-such-program")
    with pytest.raises(SlateError, match="` failed"):
        convert_from(into, "django", f"{sys.executable} no_manage.py")
    with pytest.raises(SlateError, match="printed no migrations"):
        convert_from(into, "django", f"{sys.executable} -c pass")
    with pytest.raises(SlateError, match="printed no migrations"):
        convert_from(into, "alembic", f"{sys.executable} -c pass")
    assert not into.exists()
    (tmp_path / "file").touch()
    with pytest.raises(Misuse, match="file/db: Not a directory"):
        convert_from(tmp_path / "file" / "db", "alembic", "printf -- '-- Running upgrade  -> a1\\nSELECT 1;\\n'")
    (into / "1_a").mkdir(parents=True)
    (into / "1_a" / "migration.sql").write_text("SELECT 1;")
    with pytest.raises(Misuse, match="is in the layout of Prisma"):
        convert_from(into, "alembic", f"{sys.executable} -c pass")
