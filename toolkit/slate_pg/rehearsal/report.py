"""Writes what was decided about a plan for CI systems and for the people who review a pull request. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from slate_pg.checks import findings as checks
from slate_pg.checks.markdown import code, escaped, table
from slate_pg.rehearsal.findings import ON_CLUSTER, ON_MACHINE, FileVerdict
from slate_pg.rehearsal.gate import ACCEPTED, ALLOWED, REFUSED, TOLD, Decision, Ruling
from slate_pg.rehearsal.verdict import readable, span

_LONGEST = 60_000  # characters of a comment; GitHub takes 65,536
_SIGNS = {REFUSED: "⛔ in the way", ALLOWED: "✅ allowed", ACCEPTED: "✅ accepted", TOLD: "ℹ️ told"}
_FAR = (ON_CLUSTER, ON_MACHINE)


def as_findings(decision: Decision, root: Path) -> list[checks.Finding]:
    """Return the rulings as findings of a check, files relative to the project; only what is in the way is an error."""
    found = []
    for ruling in decision.rulings:
        one = ruling.finding
        severity = "cosmetic" if ruling.outcome != REFUSED else "security" if one.kind in _FAR else "integrity"
        file = relative(one.file, root)
        accepted = ruling.reason if ruling.outcome == ACCEPTED else ""
        found.append(checks.Finding(file, one.line, one.kind, one.relation, said(ruling), severity, accepted))
    for file, acceptance in decision.unmatched:
        message = f"accepts {acceptance.kind}, of which nothing was found there: {acceptance.reason}"
        found.append(checks.Finding(relative(file, root), acceptance.line, "accept", "", message, "cosmetic"))
    return found


def relative(file: str, root: Path) -> str:
    """Return a file's path from the project's folder, as CI systems want it."""
    path = os.path.relpath(os.path.abspath(file), os.path.abspath(root)) if file else ""
    return file if path.startswith("..") else path


def said(ruling: Ruling) -> str:
    """Return a finding in words: why, for how long, how it was accepted, what to do instead."""
    one = ruling.finding
    parts = [one.reason or one.kind, span(one.seconds) if one.seconds else ""]
    text = ", ".join(part for part in parts if part)
    notes = [
        f"{ruling.outcome}: {ruling.reason}" if ruling.reason else "",
        f"instead: {one.recipe}" if one.recipe else "",
        f"write it: {one.command}" if one.command else "",
    ]
    return "; ".join([text, *(note for note in notes if note)])


def as_markdown(reports: Sequence[tuple[str, Sequence[FileVerdict]]], decision: Decision, root: Path) -> str:
    """Return a comment for a pull request: the answer, what is in the way, and every statement folded away."""
    refused = decision.of(REFUSED)
    pending = sum(len(file.statements) for _, files in reports for file in files)
    count = f"{len(refused)} finding{'' if len(refused) == 1 else 's'}"
    answer = f"⛔ {count} in the way" if refused else "✅ may go on" if pending else "✅ nothing pending"
    lines = [f"### slate plan: {answer}", ""]
    decided = [r for outcome in (REFUSED, ACCEPTED, ALLOWED, TOLD) for r in decision.of(outcome)]
    if decided:
        lines += table(("", "where", "finding", "relation", "about", "why"), (_row(r, root) for r in decided))
        lines.append("")
    lines += [
        f"- {code(f'{relative(file, root)}:{a.line}')} accepts {code(a.kind)}, of which nothing was found there."
        for file, a in decision.unmatched
    ]
    return _cut([*lines, *_statements(reports, root)])


def _row(ruling: Ruling, root: Path) -> tuple[str, ...]:
    one = ruling.finding
    size = ", ".join(filter(None, (f"{one.rows:,} rows" if one.rows else "", readable(one.size) if one.size else "")))
    why = escaped(one.reason) + (f"<br>accepted: {escaped(ruling.reason)}" if ruling.reason else "")
    return (
        _SIGNS[ruling.outcome],
        code(f"{relative(one.file, root)}:{one.line}"),
        code(one.kind),
        (code(one.relation) if one.relation else "") + (f"<br>{size}" if size else ""),
        escaped(span(one.seconds).removeprefix("about ")) if one.seconds else "",
        why
        + (f"<br>instead: {escaped(one.recipe)}" if one.recipe else "")
        + (f"<br>{code(one.command)}" if one.command else ""),
    )


def _statements(reports: Iterable[tuple[str, Sequence[FileVerdict]]], root: Path) -> Iterator[str]:
    """Yield each file with its statements and their judgements, folded away."""
    for schema, files in reports:
        for file in files:
            count = len(file.statements)
            yield from ("", f"<details><summary>{escaped(schema)}: {escaped(relative(file.file, root))}, "
                        f"{count} statement{'' if count == 1 else 's'}</summary>", "")  # fmt: skip
            rows = (
                (str(one.line), code(one.sql if len(one.sql) <= 120 else one.sql[:119] + "…"), escaped(verdict.word),
                 escaped(verdict.why))
                for one, verdict in file.statements
            )  # fmt: skip
            yield from table(("line", "statement", "judgement", "why"), rows)
            yield from ("", "</details>")


def _cut(lines: Sequence[str]) -> str:
    """Return the lines as one text, without what a comment cannot hold."""
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if length > _LONGEST:
            folded = sum("<details>" in k for k in kept) > kept.count("</details>")
            kept += [
                "",
                *(["</details>", ""] if folded else []),
                "The rest is too long for a comment: `slate plan` has it.",
            ]
            break
        kept.append(line)
    return "\n".join(kept)
