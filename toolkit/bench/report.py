"""Turns measurements into sections: one table, what missed its budget, and the figures for a later run to compare."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit.bench.queries import Timed
from toolkit.bench.races import Race
from toolkit.bench.seeding import Seeded


@dataclass(frozen=True)
class Section:
    """One table of the bench: what it shows, its rows, what missed its budget, and the figures behind it."""

    name: str
    title: str
    about: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    missed: tuple[str, ...] = ()
    figures: tuple[dict[str, Any], ...] = ()


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
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
    }  # fmt: skip


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if os.path.exists(path) else []


def queries_section(timed: Sequence[Timed]) -> Section:
    """Return the table of queries."""
    rows = tuple(
        (
            t.product, t.query, t.rows, f"{t.owner_p50:.2f}", _ms(t.person_p50), _ms(t.person_p95),
            f"{t.ratio:.2f}" if t.ratio else "", f"{t.budget_ms:g}", "NO" if t.missed else "yes", _short(t.indexes),
        )
        for t in timed
    )  # fmt: skip
    return Section(
        "queries", "Queries",
        "Each documented and service query, prepared, as owner and as the person who asks it, in turn; milliseconds "
        "at the client. Both must get the same rows.",
        ("product", "query", "rows", "owner p50", "person p50", "person p95", "ratio", "budget", "kept", "indexes"),
        rows, tuple(m for t in timed for m in t.missed),
        tuple({**vars(t), "ratio": t.ratio, "within_budget": t.within_budget} for t in timed),
    )  # fmt: skip


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _short(names: Sequence[str]) -> str:
    text = ", ".join(names)
    return text if len(text) <= 60 else text[:59] + "…"


def seeds_section(seeded: Sequence[Seeded]) -> Section:
    """Return the table of scale seeds."""
    rows = tuple(
        (
            s.product, s.rows, f"{s.seconds:.2f}", f"{s.rows / s.seconds:.0f}", f"{s.floor:.2f}", f"{s.share:.2f}",
            f"{s.growth:.2f}",
        )
        for s in seeded
    )  # fmt: skip
    return Section(
        "seeds", "Scale seeds",
        "One more slice, and the bare INSERT … SELECT of the same rows into the same tables, rolled back. Share is the "
        "seed's speed over the bare one's (budget 0.7); growth the last tenth's time a slice over the first tenth's.",
        ("product", "rows", "slice s", "rows/s", "bare s", "share", "growth"),
        rows, tuple(m for s in seeded for m in s.missed), tuple({**vars(s), "share": s.share} for s in seeded),
    )  # fmt: skip


def runner_section(races: Sequence[Race]) -> Section:
    """Return the table of runners."""
    rows = tuple(
        (race.what, name, f"{taken:.3f}", f"{race.ratios[name]:.2f}", race.budget if name == "slate" else "")
        for race in races
        for name, taken in race.seconds.items()
    )
    return Section(
        "runner", "The runner beside others",
        "Whole processes on a new database each, in turn; medians in seconds, and their ratio to one psql -1 -f. "
        "yoyo and Alembic run where they are installed.",
        ("what", "with", "seconds", "x psql -1", "budget"),
        rows, tuple(m for race in races for m in race.missed),
        tuple({**vars(race), "ratios": race.ratios} for race in races),
    )  # fmt: skip


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


def markdown(sections: Sequence[Section], figures: dict[str, Any], command: str, charts: Sequence[str]) -> str:
    """Return the report: machine and date, a table a section, and what missed its budget."""
    on = figures["machine"]
    lines = [
        "# Performance", "",
        f"What `{command}` printed on {on['at'][:10]}: {on['processor']}, {on['cores']} cores, {on['memory_gib']} GiB, "
        f"{on['system']}, Python {on['python']}, PostgreSQL {figures.get('postgresql', '')}.",
        "Machines differ and are noisy: compare ratios, not times. The server is a disposable one, in memory.", "",
    ]  # fmt: skip
    for section in sections:
        lines += [f"## {section.title}", "", section.about, "", _row(section.head), _row(["---"] * len(section.head))]
        lines += [_row(row) for row in section.rows]
        lines += ["", *([f"Missed: {line}." for line in section.missed] or ["Every budget was kept."]), ""]
    return "\n".join([*lines, *(f"![{Path(chart).stem}]({chart})\n" for chart in charts)]).rstrip() + "\n"


def _row(cells: Sequence[Any]) -> str:
    return "| " + " | ".join("" if c is None else str(c).replace("|", "\\|") for c in cells) + " |"
