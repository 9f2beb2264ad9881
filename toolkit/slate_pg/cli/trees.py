"""Which folder holds all of a project, so that another commit's files can stand for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from slate_pg.config import Project, find_project


def finder(project: Project, migrations: str | None) -> tuple[Path, Callable[[Path], Project]]:
    """Return the folder that holds all of a project, and what gives the project of another such folder."""
    held = [project.root, *(folder for p in project.products for folder in (p.migrations, p.sql))]
    top = Path(os.path.commonpath([folder.resolve() for folder in held]))
    root = project.root.resolve().relative_to(top)
    values = project.products[0].variables if project.products else ()
    layout, _, said = (migrations or "").rpartition(":")
    if migrations and Path(migrations).exists():
        layout, said = "", migrations

    def find(here: Path) -> Project:
        if not migrations:
            return find_project(start=here / root).having(values)
        folder = here / Path(said).resolve().relative_to(top)
        return find_project(f"{layout}:{folder}" if layout else str(folder)).having(values)

    return top, find
