"""The page of a product: tables, and below each what its rows must be, as lines. Pure, but for reading and writing files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
HEAD = (
    "# What the rows of {product} must be and where its triggers fire, as tried on the server.\n"
    "# Written by `python -m tests.schema.written`: a change here is a change of what people may rely on.\n"
)

Row = dict[str, str]  # column: SQL of its value


@dataclass(frozen=True)
class Trial:
    """Rows and what becomes of them: `takes`, `refuses`, or `refuses by itself` where another rule is asked before it."""

    verdict: str
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        return f"{self.verdict} " + " | ".join("; ".join(f"{c} = {v}" for c, v in row.items()) for row in self.rows)


@dataclass
class Page:
    """Lines of plain facts by section (a table, or `types`), and trials by (table, rule)."""

    facts: dict[str, list[str]] = field(default_factory=dict)
    trials: dict[tuple[str, str], list[Trial]] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, list[str]]:
        """Return each section's facts that begin with a word, without it."""
        found = {
            s: [f.removeprefix(kind + " ") for f in facts if f.startswith(kind + " ")]
            for s, facts in self.facts.items()
        }
        return {section: facts for section, facts in found.items() if facts}


def path_of(product: str) -> Path:
    """Return where the product's page lies."""
    return HERE / f"{product}.rules.txt"


def render(product: str, page: Page) -> str:
    """Return the page as text."""
    parts = [HEAD.format(product=product)]
    for section, facts in page.facts.items():
        parts.append("\n".join([section, *(f"  {fact}" for fact in facts)]))
        for (table, rule), trials in page.trials.items():
            if table == section:
                parts[-1] += "\n" + "\n".join([f"  rule {rule}", *(f"    {trial}" for trial in trials)])
    return "\n\n".join(parts).replace("\n\n", "\n", 1) + "\n"


def read(product: str) -> Page:
    """Read the product's page. Reads only."""
    page, section, rule = Page(), "", ""
    for line in path_of(product).read_text("utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not line.startswith(" "):
            section = text
            page.facts[section] = []
        elif line.startswith("    "):
            page.trials[section, rule].append(_trial(text))
        elif text.startswith("rule "):
            rule = text.removeprefix("rule ")
            page.trials[section, rule] = []
        else:
            page.facts[section].append(text)
    return page


def _trial(text: str) -> Trial:
    verdict = next(v for v in ("takes", "refuses by itself", "refuses", "fires", "rests") if text.startswith(v + " "))
    rows = text.removeprefix(verdict + " ").split(" | ")
    return Trial(verdict, tuple(dict(part.split(" = ", 1) for part in row.split("; ")) for row in rows))
