"""Writes the helpers that products share, `core`, into a project: their migrations, and the groups they grant to."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from slate_pg.config import Product, Project
from slate_pg.errors import FileError, Misuse

CORE = "core"


def write_core(project: Project) -> list[Path]:
    """Write what is missing of core beside the project's products, and return its paths; none where all is there.

    Misuse where the migrations lie flat or another product is the shared one, FileError where one of the files is there
    with another text or cannot be written. Writes all of it or none.
    """
    if project.shared not in (None, CORE):
        raise Misuse(
            f'[tool.slate] shared is "{project.shared}", and helpers are called as {CORE}.f()',
            hint=f'Name the shared product "{CORE}", or call your own helpers.',
        )
    folder = _folder(project)
    templates = resources.files("slate_pg").joinpath("templates")
    texts = {
        folder / CORE / found.name: found.read_bytes()
        for found in templates.joinpath(CORE).iterdir()
        if found.name.endswith(".sql")
    }
    texts[project.cluster / "groups.sql"] = templates.joinpath("groups.sql").read_bytes()
    missing = [path for path, text in sorted(texts.items()) if not _is_there(path, text)]
    _write(missing, texts)
    return missing


def _folder(project: Project) -> Path:
    """Return the folder that has one for each product. Misuse where the migrations are one product's. Reads only."""
    first: Product = project.products[0]
    if first.sql != project.cluster.parent:
        return first.migrations.parent
    if any(not path.name.startswith(".") for path in first.migrations.iterdir()):
        raise Misuse(
            f"the migrations in {first.migrations} are one product's, and {CORE} is a second one",
            hint=f"Move them into a folder of their own, such as {first.migrations / 'app'}, then run it again; "
            "each product has the schema of its folder's name.",
        )
    return first.migrations


def _is_there(path: Path, text: bytes) -> bool:
    """Tell whether a file is there as it would be written. FileError where it says something else. Reads only."""
    try:
        if path.read_bytes() == text:
            return True
    except FileNotFoundError:
        return False
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}", hint="Make it a file that slate can read.") from error
    raise FileError(
        f"{path} is there with another text; nothing was written",
        hint="What was applied stays as it was: put the file back, or keep yours and add a migration behind it.",
    )


def _write(paths: list[Path], texts: dict[Path, bytes]) -> None:
    """Write files; where one cannot be, none is left. Writes."""
    written: list[Path] = []
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(texts[path])
    except OSError as error:
        for done in written:
            done.unlink(missing_ok=True)
        raise FileError(f"{path}: {error.strerror}", hint="Make the folder one that can be written.") from error
