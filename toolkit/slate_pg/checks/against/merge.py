"""Says what merging another branch would do to the migrations: by their files, and by what they build together.

Returns findings; prints nothing. Writes to throw-away places only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from slate_pg.catalog.identity import Identity
from slate_pg.checks.against import orders
from slate_pg.checks.against.files import Branch, Meeting, find_in_files, late_here
from slate_pg.checks.against.sides import Finder, Side, Sides, read_sides
from slate_pg.checks.check import LONGEST_SECONDS
from slate_pg.checks.findings import Finding
from slate_pg.checks.roundtrip import Report, relative
from slate_pg.config import Product, Project
from slate_pg.errors import FileError, GraphError, SlateError
from slate_pg.migrations.baselines import of_new
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import find_format, read_migrations
from slate_pg.migrations.order import in_order

_READ = (".sql", ".plan", ".conf", ".xml", ".yaml", ".yml", ".json")  # what layouts keep in a folder of migrations
_SOME = 5  # as many names are said of each side


def check_against(
    project: Project,
    folder: Path,
    revision: str,
    names: Sequence[str],
    find: Finder,
    *,
    trust: bool = False,
    seconds: float = LONGEST_SECONDS,
) -> tuple[Report, str]:
    """Return what is wrong with merging `revision` with the files here, and in words what was merged.

    `folder` holds all of the project, `find` gives the project of a folder like it. Misuse for a commit that is not
    there. Reads the repository; writes temporary files and to disposable servers.
    """
    report = Report()
    with read_sides(project, folder, revision, find) as sides:
        report.notes += sides.notes
        meetings = _meetings(project, sides, names, report)
        for meeting in meetings:
            report.findings += find_in_files(meeting)
            if late := late_here(meeting):
                report.notes.append(_late_note(meeting, late))
        if any(m.meets for m in meetings) or _meet_across(meetings):
            _build(project, sides, meetings, report, trust=trust, seconds=seconds)
        for conflict in sides.conflicts:
            if conflict.endswith(".sql"):
                report.notes.append(f"git cannot merge {conflict}: what was built has it as on this side")
        report.findings = _without_places(report.findings, sides)
        report.notes = [_without_place(note, sides) for note in report.notes]
        counts = [sum(len(m.added(side(m))) for m in meetings) for side in (_ours, _theirs)]
        return report, f"{_files(counts[0])} of this branch beside {_files(counts[1])} of {sides.theirs.name}"


def _ours(meeting: Meeting) -> Branch:
    return meeting.ours


def _theirs(meeting: Meeting) -> Branch:
    return meeting.theirs


def _files(number: int) -> str:
    return f"{number} new migration{'' if number == 1 else 's'}"


def _meet_across(meetings: Sequence[Meeting]) -> bool:
    """Whether each side has changed something, be it in different products."""
    ours = any(m.base.texts != m.ours.texts for m in meetings)
    return ours and any(m.base.texts != m.theirs.texts for m in meetings)


def _late_note(meeting: Meeting, late: Sequence[str]) -> str:
    return (
        f"{_some(late)} of {meeting.theirs.name} run{'s' if len(late) == 1 else ''} before files of this branch: a "
        "database that has those already refuses it as late"
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SOME]) + (f" and {len(names) - _SOME} more" if len(names) > _SOME else "")


def _meetings(project: Project, sides: Sides, names: Sequence[str], report: Report) -> list[Meeting]:
    """Return each chosen product on both sides; what cannot be read becomes a finding or a note. Reads files."""
    known = [s.project for s in (sides.ours, sides.theirs, sides.merged) if s.project]
    for name in names:
        if not any(p.name == name for found in known for p in found.products):
            project.product(name)
    every = dict.fromkeys(p.name for found in known for p in found.products)
    single = all(len(found.products) == 1 for found in known)
    chosen = (
        [names[0] if names else project.products[0].name] if single else [n for n in every if not names or n in names]
    )
    return [_meeting(project, sides, name, report, single=single) for name in chosen]


def _meeting(project: Project, sides: Sides, name: str, report: Report, *, single: bool) -> Meeting:
    shared = project.shared
    found = {
        which: _product(side, name, single=single)
        for which, side in (
            ("base", sides.base),
            ("ours", sides.ours),
            ("theirs", sides.theirs),
            ("merged", sides.merged),
        )
    }
    known = found["ours"] or found["theirs"] or found["merged"]
    layout = _layout(known) if known else None
    branches = {
        which: _branch(project, getattr(sides, which), product, report, quiet=which == "base")
        for which, product in found.items()
    }
    return Meeting(
        name, branches["base"], branches["ours"], branches["theirs"], branches["merged"],
        multipart=layout == "flyway", heads=project.heads, own_format=layout is None and name != shared,
    )  # fmt: skip


def _layout(product: Product) -> str | None:
    """Return another tool's layout by name; None for Slate's own, and for what cannot be told, which is said."""
    try:
        found = find_format(product)
    except SlateError:
        return None
    return found.name if found else None


def _product(side: Side, name: str, *, single: bool) -> Product | None:
    products = side.project.products if side.project else ()
    if single:
        return products[0] if products else None
    return next((p for p in products if p.name == name), None)


def _branch(project: Project, side: Side, product: Product | None, report: Report, *, quiet: bool) -> Branch:
    """Return a product's files on one side; what does not form one order there becomes a finding. Reads files."""
    if product is None or side.project is None:
        return Branch(side.name, "")
    place = relative(product.migrations, side.project)
    texts = {
        path.relative_to(product.migrations).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(product.migrations.rglob("*"))
        if path.suffix.lower() in _READ and path.is_file()
    }
    try:
        migrations = in_order(read_migrations(product))
        if side.name != "where they parted":
            of_new(migrations)
    except (GraphError, FileError) as error:
        if quiet:
            return Branch(side.name, place, (), product.migrations, texts)
        file = relative(Path(error.where.path), side.project) if error.where else place
        said = " ".join([error.message, *(d.strip() for d in error.detail[:4])])
        report.findings.append(
            Finding(file, error.where.line if error.where else 1, "graph", "", f"{side.name}: {said}")
        )
        return Branch(side.name, place, (), product.migrations, texts)
    return Branch(side.name, place, migrations, product.migrations, texts)


def _build(
    project: Project, sides: Sides, meetings: Sequence[Meeting], report: Report, *, trust: bool, seconds: float
) -> None:
    """Build the merge in its own order and in both orders of the sides, and add what is found. Writes elsewhere."""
    merged = sides.merged.project
    if merged is None or any(m.is_changed and not m.merged.migrations for m in meetings):
        report.notes.append("the merge was not built: its files form no order")
        return
    by_name = {m.product: m for m in meetings}
    single = len(meetings) == len(merged.products) == 1
    changed = {m.product for m in meetings if m.is_changed}
    if merged.shared in changed:
        changed |= by_name.keys()
    products = [p for p in merged.select([]) if single or p.name in changed or p.name == merged.shared]

    def steps(order: int) -> list[orders.Step]:
        return [_step(p, meetings[0] if single else by_name.get(p.name), order) for p in products]

    plans = [steps(order) for order in range(3)]
    same = [
        p
        for p in (0, 1)
        if [[m.id for m in s.migrations] for s in plans[p]] == [[m.id for m in s.migrations] for s in plans[2]]
    ]
    with ThreadPoolExecutor(3) as pool:
        running = [
            pool.submit(orders.build, merged, plan, trust=trust, seconds=seconds)
            for plan in (plans if not same else plans[:2])
        ]
        built = [each.result() for each in running]
    if same:
        built.append(built[same[0]])
    for product in products:
        meeting = meetings[0] if single else by_name.get(product.name)
        if meeting:
            report.findings += _judge(meeting, product, merged, built)


def _step(product: Product, meeting: Meeting | None, order: int) -> orders.Step:
    """Return how a product is built: 0 this side's new files first, 1 the other's, 2 in the merge's own order. Pure."""
    migrations = of_new(meeting.merged.migrations if meeting else in_order(read_migrations(product)))
    if meeting is None:
        return orders.Step(product, migrations)
    ours, theirs = ({m.id for m in meeting.added(side)} for side in (meeting.ours, meeting.theirs))
    theirs -= ours
    rank = {0: (1, 2), 1: (2, 1), 2: (0, 0)}[order]

    def place(migration: Migration) -> int:
        return rank[0] if migration.id in ours else rank[1] if migration.id in theirs else 0

    watched = (ours, theirs, set())[order]
    return orders.Step(product, sorted(migrations, key=place), frozenset(watched))


def _judge(meeting: Meeting, product: Product, merged: Project, built: Sequence[orders.Built]) -> Iterator[Finding]:
    """Yield what the three builds of a product say. Pure but for reading files of places."""
    place = relative(product.migrations, merged)
    ours, theirs = built[:2]
    touched = {**ours.touched, **theirs.touched}
    yield from _touching(meeting, place, touched)
    files = {m.id: branch.file_of(m) for branch in (meeting.ours, meeting.theirs) for m in meeting.added(branch)}
    failed = [b.failed.get(product.name) for b in built]
    if failed[2]:
        yield _failure(meeting, merged, place, failed[2], "merge_replay", "the merge does not apply")
    first = (f"with {meeting.ours.name} first", f"with {meeting.theirs.name} first")
    for number, other in ((0, 1), (1, 0)):
        wrong = failed[number]
        if wrong and not failed[2] and not failed[other]:
            said = f"applies {first[other]}, and not {first[number]}"
            yield _failure(meeting, merged, place, wrong, "merge_order", said)
    if all(product.name in b.catalogs for b in (ours, theirs)):
        for found in orders.diverging(ours.catalogs[product.name], theirs.catalogs[product.name]):
            if found.attribute == "columns":
                said = "its columns stand in another order than with the other branch first"
            else:
                said = f"{found.attribute or 'it'} is {found.one} {first[0]}, {found.other} {first[1]}"
            about = {found.object, *found.object.chain}
            file = next((files[name] for name in files if about & touched.get(name, set())), place)
            yield Finding(file, 1, "merge_order", str(found.object), said, found.severity)


def _failure(
    meeting: Meeting, merged: Project, place: str, failed: tuple[str, SlateError], rule: str, said: str
) -> Finding:
    name, error = failed
    where = error.where
    file = relative(Path(where.path), merged) if where and where.path else place
    what = f"{name}: " if name else "repeatable files: "
    return Finding(file, where.line if where else 1, rule, "", f"{said}: {what}{orders.reason(error)}")


def _touching(meeting: Meeting, place: str, touched: dict[str, set[Identity]]) -> Iterator[Finding]:
    """Yield the objects that new files of both sides touch, each once. Pure."""
    here, there = (
        orders.touching(touched, [m.id for m in meeting.added(side) if m.id not in other.ids])
        for side, other in ((meeting.ours, meeting.theirs), (meeting.theirs, meeting.ours))
    )
    files = {m.id: meeting.ours.file_of(m) for m in meeting.ours.migrations}
    for identity in sorted(here.keys() & there.keys()):
        said = f"{_some(here[identity])} of {meeting.ours.name} and {_some(there[identity])} of {meeting.theirs.name}"
        yield Finding(files.get(here[identity][0], place), 1, "merge_relation", str(identity), f"touched by {said}")


def _without_place(text: str, sides: Sides) -> str:
    """Return a text without the temporary folders in it. Pure."""
    for side in (sides.base, sides.ours, sides.theirs, sides.merged):
        for folder in (side.folder, side.folder.resolve()):
            text = text.replace(f"{folder}/", "")
    return text


def _without_places(findings: Sequence[Finding], sides: Sides) -> list[Finding]:
    return [replace(f, file=_without_place(f.file, sides), message=_without_place(f.message, sides)) for f in findings]
