"""With a key only what was written with it is restored; without one that is said; nothing of a backup leads out of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil

import pytest

from slate_pg.backup import logical, manifest, proof, restore, signature
from slate_pg.config import Product
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations import ledger, upgrade
from slate_pg.postgres.connection import connect
from slate_pg.sqlfiles import file_name

KEY = b"0123456789abcdef-of-the-house"


@pytest.fixture(scope="module")
def source(slate_base):
    """A database with one small installation, in the schema "app"."""
    with connect(slate_base.url()) as server:
        server.execute("CREATE DATABASE authentic")
        with connect(slate_base.url("authentic")) as connection:
            upgrade.create(connection, "app")
            connection.execute("CREATE TABLE app.letters (body text); INSERT INTO app.letters VALUES ('dear')")
            yield connection
        server.execute("DROP DATABASE authentic WITH (FORCE)")


@pytest.fixture
def product(tmp_path):
    return Product("app", tmp_path, tmp_path, "app")


@pytest.fixture
def signed(source, product, tmp_path):
    return logical.back_up(source, product, None, tmp_path / "kept", key=KEY).folder


@pytest.fixture
def unsigned(source, product, tmp_path):
    return logical.back_up(source, product, None, tmp_path / "kept").folder


def rewrite(folder, change):
    """Change the manifest and recompute every sum, as somebody with a text editor and sha256sum would."""
    values = json.loads((folder / "manifest.json").read_text())
    change(values)
    for name in values["files"]:
        if (folder / name).exists():
            values["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(values))


def edit_a_file(folder):
    """Put other data into the backup, with a sum that fits."""
    (victim,) = [p for p in (folder / "schema").glob("*.dat.gz") if b"dear" in gzip.decompress(p.read_bytes())]
    victim.write_bytes(gzip.compress(b"evil\n\\.\n\n\n"))
    rewrite(folder, lambda values: None)


def test_a_signed_backup_restores_with_its_key(signed, empty):
    assert proof.verify(signed, KEY) == []
    assert restore.restore(empty, signed, key=KEY) == ["app"]
    assert empty.execute("SELECT body FROM app.letters").fetchone() == ("dear",)


@pytest.mark.parametrize(
    "tamper",
    [
        edit_a_file,
        lambda folder: rewrite(folder, lambda values: values.update(roles=["postgres"])),
        lambda folder: (folder / "manifest.hmac").write_text("0" * 64),
        lambda folder: (folder / "manifest.hmac").write_bytes(b"\xff\xfe"),
        lambda folder: (folder / "manifest.hmac").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
    ],
)
def test_with_a_key_whatever_was_changed_is_refused_though_its_sums_were_recomputed(signed, empty, tamper):
    tamper(signed)
    for work in (lambda: proof.verify(signed, KEY), lambda: restore.restore(empty, signed, key=KEY)):
        with pytest.raises(SlateError, match=r"was not written with this key|is not signed"):
            work()
    assert ledger.find_ledgers(empty) == {}


def test_a_backup_of_another_key_or_of_none_is_refused(signed, source, product, tmp_path):
    with pytest.raises(SlateError, match="was not written with this key"):
        proof.verify(signed, KEY + b"x")
    plain = logical.back_up(source, product, None, tmp_path / "plain").folder
    with pytest.raises(SlateError, match="is not signed"):
        proof.verify(plain, KEY)


def test_the_commands_take_the_key_from_a_variable_or_a_file_and_say_when_there_is_none(
    slate, slate_base, source, tmp_path, monkeypatch
):
    project = tmp_path / "migrations" / "app"
    project.mkdir(parents=True)
    (project / "app_0001_a.sql").write_text("SELECT 1;")
    (tmp_path / "key").write_text(KEY.decode() + "\n")
    monkeypatch.setenv("BACKUP_KEY", KEY.decode())
    url = slate_base.url("authentic")
    arguments = ("backup", "app", "--migrations", project.parent, "--to", tmp_path / "to", "--database", url)
    done = slate(*arguments, "--sign-key-from", tmp_path / "key", "--json")
    assert done.code == 0, done.err
    folder = json.loads(done.out)["backups"][0]["folder"]
    ran = slate("restore", folder, "--verify", "--sign-key-from", "BACKUP_KEY")
    assert (ran.code, ran.err) == (0, "")
    ran = slate("restore", folder, "--verify")
    assert ran.code == 0
    assert "is not authenticated: it is signed, but no key was given" in ran.err
    shutil.rmtree(folder + "/schema")
    ran = slate("restore", folder, "--verify", "--sign-key-from", tmp_path / "other")
    assert (ran.code, "cannot be read" in ran.err) == (2, True)


def test_without_a_key_a_restore_says_that_nothing_shows_who_wrote_it(slate, unsigned, empty, empty_url):
    edit_a_file(unsigned)
    ran = slate("restore", unsigned, "--database", empty_url)
    assert ran.code == 0, ran.err
    assert "is not authenticated: it is not signed" in ran.err
    assert empty.execute("SELECT body FROM app.letters").fetchone() == ("evil",)  # sums alone do not see it


@pytest.mark.parametrize(
    ("source", "text", "said"),
    [("NO_SUCH_VARIABLE", None, "is not set"), ("EMPTY", "", "is not set"), ("SHORT", "fifteen bytes..", "shorter than 16"),
     ("", None, "cannot be read"), ("/no/such/file", None, "cannot be read"), (".", None, "cannot be read"),
     ("a\0b", None, "cannot be read")],
)  # fmt: skip
def test_a_key_that_is_none_is_refused(source, text, said):
    with pytest.raises(Misuse, match=said) as refused:
        signature.read_key(source, {} if text is None else {source: text})
    assert "openssl rand" in refused.value.hint


@pytest.mark.parametrize("place", ["..", ".", "", "../other", "/etc", "schema/../..", "a\0b", None, 7])
def test_a_folder_that_leads_out_of_the_backup_is_refused(unsigned, empty, place):
    rewrite(unsigned, lambda values: values["parts"][0].update(folder=place))
    with pytest.raises(SlateError, match="leads out of it"):
        restore.restore(empty, unsigned)


@pytest.mark.parametrize("place", ["..", "../x", "/etc"])
def test_a_base_that_lies_elsewhere_is_refused(unsigned, place):
    rewrite(unsigned, lambda values: values.update(based_on=place))
    with pytest.raises(SlateError, match="leads out of it"):
        manifest.check(unsigned)


@pytest.mark.parametrize("name", ["pg_catalog", "", "x" * 64])
def test_a_schema_that_cannot_be_is_refused(unsigned, name):
    rewrite(unsigned, lambda values: values["parts"][0].update(schema=name))
    with pytest.raises(SlateError, match="cannot be a schema"):
        manifest.check(unsigned)


@pytest.mark.parametrize("kind", ["file", "folder", "pipe"])
def test_a_link_or_a_pipe_in_a_backup_is_refused_by_name(unsigned, tmp_path, kind):
    (tmp_path / "elsewhere").mkdir()
    odd = unsigned / "schema" / "odd"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to("/etc/passwd" if kind == "file" else tmp_path / "elsewhere")
    with pytest.raises(SlateError, match="odd is no plain file"):
        manifest.check(unsigned)


@pytest.mark.parametrize("name", ["../../etc", "..", "/etc", "a/b", "a\\b", "50%", ".hidden", "ü" * 31])
def test_a_schema_of_any_name_is_kept_inside_the_folder(slate_base, tmp_path, name):
    with connect(slate_base.url()) as server:
        server.execute("CREATE DATABASE odd_names")
        try:
            with connect(slate_base.url("odd_names")) as connection:
                upgrade.create(connection, name)
                written = logical.back_up(connection, Product("app", tmp_path, tmp_path, name), None, tmp_path / "to")
                assert [written.folder] == list((tmp_path / "to").iterdir())
                assert written.folder.name.endswith(f"-{file_name(name)}")
                assert proof.verify(written.folder) == []
        finally:
            server.execute("DROP DATABASE odd_names WITH (FORCE)")


@pytest.mark.parametrize("name", ["../../etc", "a\0b", "x" * 64, ""])
def test_a_name_under_which_nothing_is_installed_is_refused_without_a_traceback(slate, empty_url, tmp_path, name):
    ran = slate("backup", "flourish", "--as", name, "--to", tmp_path / "to", "--database", empty_url)
    assert ran.code in (1, 2)
    assert "Traceback" not in ran.err
    assert "hint:" in ran.err
    assert not list(tmp_path.rglob("*"))
