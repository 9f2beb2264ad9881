"""Turns measurements into sections: one table, what missed its budget, and the figures for a later run to compare."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slate_pg.bench.chart import Bar, growth_chart, query_chart
from slate_pg.postgres.binaries import find_binaries


@dataclass(frozen=True)
class Section:
    """One table of the bench: what it shows, its rows, what missed its budget, and the figures behind it."""

    name: str
    title: str
    about: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    missed: tuple[str, ...]
    figures: tuple[dict[str, Any], ...]


def joined(sections: Sequence[Section]) -> list[Section]:
    """Return the sections with those of one name, one a product, made one."""
    found: dict[str, Section] = {}
    for one in sections:
        first = found.get(one.name)
        if first is not None:
            one = replace(
                one, rows=first.rows + one.rows, missed=first.missed + one.missed, figures=first.figures + one.figures
            )
        found[one.name] = one
    return list(found.values())


def machine() -> dict[str, Any]:
    """Return what the figures were measured on: processor, cores, memory in GiB, system, Python and the time. Reads."""
    processor = platform.processor() or platform.machine()
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "processor": processor, "cores": os.cpu_count(), "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}", "python": platform.python_version(),
        "postgresql": f"PostgreSQL {find_binaries().major}",
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
    }  # fmt: skip


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if os.path.exists(path) else []


def figures_of(sections: Sequence[Section], scale: int) -> dict[str, Any]:
    """Return every figure as one JSON-able document."""
    return {"machine": machine(), "scale": scale, **{s.name: list(s.figures) for s in sections}}


def save(path: Path, figures: dict[str, Any]) -> None:
    """Write the figures as JSON, for a later run to be compared with. Writes a file."""
    path.write_text(json.dumps(figures, indent=2) + "\n")


def slower_than(path: Path, figures: dict[str, Any], factor: float = 1.5) -> list[str]:
    """Return the queries that got slower than in a saved run by more than a factor, in words. Reads the file."""
    then = {(q["product"], q["query"]): q for q in json.loads(path.read_text()).get("queries", [])}
    found = []
    for now in figures.get("queries", []):
        old = then.get((now["product"], now["query"]), {})
        for who in ("owner_p50", "person_p50"):
            if old.get(who) and now[who] and now[who] > factor * old[who]:
                name = f"{now['product']}/{now['query']} as {who.partition('_')[0]}"
                found.append(f"{name}: {old[who]:.2f} ms then, {now[who]:.2f} ms now")
    return found


def write_report(path: Path, sections: Sequence[Section], figures: dict[str, Any], command: str) -> None:
    """Write the tables as Markdown, and the charts of queries, growth and fleets as SVG beside it. Writes files."""
    charts = {path.with_name(f"{path.stem.lower()}-{name}.svg"): text for name, text in charts_of(figures).items()}
    for place, text in charts.items():
        place.write_text(text)
    path.write_text(markdown(sections, figures, command, [place.name for place in charts]))


def charts_of(figures: dict[str, Any]) -> dict[str, str]:
    """Return the charts that figures make, as SVG by name: queries, growth, fleet. Pure."""
    drawn = {}
    timed = [q for q in figures.get("queries", []) if q["person_p50"]]
    if timed:
        bars = [Bar(f"{q['product']}/{q['query']}", q["person_p50"], q["person_p95"], q["budget_ms"]) for q in timed]
        drawn["queries"] = query_chart(f"Queries as a person at scale {figures['scale']}", bars)
    if figures.get("growth"):
        lines = {g["what"].strip(): g["points"] for g in figures["growth"]}
        drawn["growth"] = growth_chart("Growth", lines, "migrations or tables", "seconds")
    if figures.get("fleet"):
        drawn["fleet"] = growth_chart("Fleets", _by_size(figures["fleet"]), "installations", "seconds")
    return drawn


def _by_size(measured: Sequence[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Return what took seconds as lines of (installations, seconds)."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for one in measured:
        if "seconds" in one:
            lines.setdefault(one["what"], []).append((one["installations"], one["seconds"]))
    return lines


def markdown(sections: Sequence[Section], figures: dict[str, Any], command: str, charts: Sequence[str] = ()) -> str:
    """Return the report: machine and date, a table a section, and what missed its budget."""
    on = figures["machine"]
    lines = [
        "# Performance", "",
        f"What `{command}` printed on {on['at'][:10]}: {on['processor']}, {on['cores']} cores, {on['memory_gib']} GiB, "
        f"{on['system']}, Python {on['python']}, {on['postgresql']}.",
        "Machines differ and are noisy: compare ratios, not times. Servers are disposable ones, in memory, with fsync "
        "off.", "",
        *(f"![{Path(chart).stem.replace('-', ': ')}]({chart})\n" for chart in charts),
    ]  # fmt: skip
    for section in sections:
        lines += [f"## {section.title}", "", section.about, "", _row(section.head), _row(["---"] * len(section.head))]
        lines += [_row(row) for row in section.rows]
        cells = [cell for row in (section.head, *section.rows) for cell in row]
        kept = ["Every budget was kept."] if any("budget" in cell for cell in cells) else []
        lines += ["", *([f"- Missed: {line}." for line in section.missed] or kept), ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
