"""Sqitch's layout: `sqitch.plan` says which changes there are and in which order; deploy/ and revert/ hold the scripts.

Source: sqitch's manual, "Plan file". Verify scripts are not run. A change that the plan has twice (a rework) is
refused: its first script lies under another name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from slate_pg.errors import FileError
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.formats.listing import Format, Listing, list_folder, migration
from slate_pg.sqlfiles import read_text

_PLAN = "sqitch.plan"
_LINE = re.compile(
    r"^\s*(?P<operator>[+-]?)\s*(?P<name>[^\s@#%\[\]:]+)\s*(?:\[(?P<needs>[^\]]*)\])?\s+\d{4}-\d\d-\d\dT[\d:]+Z\s"
)
_SETTING = re.compile(r"^\s*(top_dir|deploy_dir|revert_dir|extension|plan_file)\s*=\s*\"?([^\"\n#;]+?)\"?\s*$", re.M)


@dataclass(frozen=True)
class Project:
    """Where a project of Sqitch keeps its plan and scripts."""

    plan: Path
    deploy: Path
    revert: Path
    extension: str = "sql"


def _project(listing: Listing) -> Project | None:
    """Return the project that a folder is of: the folder itself, or where its sqitch.conf points. Reads only."""
    configured = dict(_SETTING.findall(listing.text("sqitch.conf"))) if listing.has("sqitch.conf") else {}
    top = listing.folder / configured.get("top_dir", ".")
    plan = listing.folder / configured["plan_file"] if "plan_file" in configured else top / _PLAN
    if not plan.is_file():
        return None
    deploy = listing.folder / configured["deploy_dir"] if "deploy_dir" in configured else top / "deploy"
    revert = listing.folder / configured["revert_dir"] if "revert_dir" in configured else top / "revert"
    return Project(plan, deploy, revert, configured.get("extension", "sql"))


def _sign(listing: Listing) -> str | None:
    if listing.has(_PLAN):
        return _PLAN
    return "sqitch.conf" if listing.has("sqitch.conf") and _project(listing) else None


def read(listing: Listing) -> list[Migration]:
    """Return the plan's changes in its order. FileError for what cannot be followed."""
    project = _project(listing)
    if project is None:
        raise FileError(f"{listing.folder} has no {_PLAN}", hint="Say the folder that holds it: --migrations DIR.")
    migrations: list[Migration] = []
    seen: set[str] = set()
    for number, line in enumerate(read_text(project.plan).splitlines(), 1):
        if not line.strip() or line.lstrip()[0] in "%#@":
            continue
        change = _LINE.match(line)
        if not change or change["operator"] == "-":
            raise FileError(f"{project.plan}:{number} is no change of a plan: {line.strip()[:80]}", hint="Correct it.")
        name = change["name"]
        if name in seen:
            raise FileError(
                f'{project.plan}:{number}: "{name}" is reworked, and reworked changes are not read',
                hint="Give the later one a name of its own in the plan and in deploy/, revert/.",
            )
        needs = _needs(project, number, change["needs"] or "", seen)
        seen.add(name)
        migrations.append(_change(project, name, needs))
    return migrations


def _needs(project: Project, number: int, written: str, seen: set[str]) -> tuple[str, ...]:
    """Return the changes that one needs. FileError for another project's, which is not here. Pure."""
    needed = []
    for token in written.split():
        if token.startswith("!"):  # a conflict: the plan has it not, or Sqitch would refuse
            continue
        name = token.removeprefix(":").partition("@")[0]
        if ":" in name:
            raise FileError(
                f'{project.plan}:{number} needs "{token}" of another project, which slate does not follow',
                hint="Apply that project first, and take the requirement out of the plan.",
            )
        if name and name not in seen:
            raise FileError(f'{project.plan}:{number} needs "{name}", which does not come before it', hint="Reorder.")
        if name:
            needed.append(name)
    return tuple(dict.fromkeys(needed))


def _change(project: Project, name: str, needs: tuple[str, ...]) -> Migration:
    deploy = project.deploy / f"{name}.{project.extension}"
    revert = project.revert / f"{name}.{project.extension}"
    if not deploy.is_file():
        raise FileError(f"{project.plan} has {name}, and {deploy} is not there", hint="Put the script there.")
    undo = _script(revert) if revert.is_file() else None
    return migration(name, _script(deploy), undo, needs)


def _script(path: Path) -> Script:
    return list_folder(path.parent).script(path.name)


def _remarks(listing: Listing) -> list[str]:
    project = _project(listing)
    verify = project.deploy.with_name("verify") if project else None
    return [f"{verify} is passed over: verify scripts are not run"] if verify and verify.is_dir() else []


FORMAT = Format("sqitch", "Sqitch", _sign, read, _remarks)
