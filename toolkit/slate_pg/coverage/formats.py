"""Writes what was measured in the forms that editors and CI read: LCOV and Cobertura, on the lines of migrations. Pure.

Only what has a line of a file is in them; JSON has all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

from slate_pg.coverage.model import Measured
from slate_pg.coverage.report import Coverage

Lines = Mapping[int, list[Measured]]


def by_file(coverage: Coverage) -> dict[str, Lines]:
    """Return what was measured by file and line."""
    files: defaultdict[str, defaultdict[int, list[Measured]]] = defaultdict(lambda: defaultdict(list))
    for measured in coverage.measured:
        if measured.item.file and measured.item.at:
            files[measured.item.file][measured.item.at].append(measured)
    return {name: dict(sorted(lines.items())) for name, lines in sorted(files.items())}


def hits(line: Iterable[Measured]) -> int:
    """Return how often a line was reached: as often as the least of what begins on it, a guard once it is whole."""
    found = [m for m in line if m.item.kind != "branch"] or list(line)
    return min(sum(m.counts) if m.reached else 0 for m in found)


def branches(line: Iterable[Measured]) -> list[tuple[str, int]]:
    """Return the ways that part on a line, with how often each was taken: branches, and outcomes of operands."""
    found: list[tuple[str, int]] = []
    for m in line:
        if m.item.kind == "branch":
            found.append((m.item.said, sum(m.counts)))
        elif len(m.counts) == 3:
            yes, no, null = m.counts
            found += [(f"{m.item.said}: held", yes), (f"{m.item.said}: refused", no + null * (m.item.kind == "policy"))]
    return found


def lcov(coverage: Coverage) -> str:
    """Return LCOV's tracefile: DA of lines, BRDA of branches, one record a file."""
    said = []
    for name, lines in by_file(coverage).items():
        taken = [(line, n, count) for line, found in lines.items() for n, (_, count) in enumerate(branches(found))]
        counts = {line: hits(found) for line, found in lines.items()}
        said += ["TN:", f"SF:{name}", *(f"BRDA:{line},0,{n},{count}" for line, n, count in taken)]
        said += [f"BRF:{len(taken)}", f"BRH:{sum(count > 0 for *_, count in taken)}"]
        said += [f"DA:{line},{count}" for line, count in counts.items()]
        said += [f"LF:{len(counts)}", f"LH:{sum(c > 0 for c in counts.values())}", "end_of_record"]
    return "".join(f"{line}\n" for line in said)


def cobertura(coverage: Coverage) -> str:
    """Return Cobertura's XML, one class a file, packages by folder; times are left out, so equal runs are equal."""
    files = by_file(coverage)
    folders: defaultdict[str, dict[str, Lines]] = defaultdict(dict)
    for name, lines in files.items():
        folders[name.rpartition("/")[0] or "."][name] = lines
    body = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">',
        f'<coverage {_rates(files)} {_sums(files)} complexity="0" version="slate" timestamp="0">',
        "<sources><source>.</source></sources>",
        "<packages>",
    ]
    for folder, inside in folders.items():
        body += [f'<package name={quoteattr(folder)} {_rates(inside)} complexity="0">', "<classes>"]
        for name, lines in inside.items():
            names = f"name={quoteattr(name.rpartition('/')[2])} filename={quoteattr(name)}"
            body.append(f'<class {names} {_rates({name: lines})} complexity="0">')
            body += ["<methods/>", "<lines>", *(_line(number, found) for number, found in lines.items()), "</lines>"]
            body.append("</class>")
        body += ["</classes>", "</package>"]
    return "\n".join([*body, "</packages>", "</coverage>", ""])


def _line(number: int, found: list[Measured]) -> str:
    ways = [count for _, count in branches(found)]
    head = f'<line number="{number}" hits="{hits(found)}"'
    if not ways:
        return f'{head} branch="false"/>'
    taken = sum(count > 0 for count in ways)
    return f'{head} branch="true" condition-coverage="{100 * taken // len(ways)}% ({taken}/{len(ways)})"/>'


def _counted(files: Mapping[str, Lines]) -> tuple[int, int, int, int]:
    """Return lines, those reached, branches, those taken."""
    lines = [found for inside in files.values() for found in inside.values()]
    ways = [count for found in lines for _, count in branches(found)]
    return len(lines), sum(hits(found) > 0 for found in lines), len(ways), sum(count > 0 for count in ways)


def _rates(files: Mapping[str, Lines]) -> str:
    lines, reached, ways, taken = _counted(files)
    return f'line-rate="{_rate(reached, lines)}" branch-rate="{_rate(taken, ways)}"'


def _sums(files: Mapping[str, Lines]) -> str:
    lines, reached, ways, taken = _counted(files)
    return f'lines-valid="{lines}" lines-covered="{reached}" branches-valid="{ways}" branches-covered="{taken}"'


def _rate(part: int, whole: int) -> str:
    return f"{part / whole if whole else 1:.4f}"
