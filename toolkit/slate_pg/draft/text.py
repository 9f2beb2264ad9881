"""Writes the two files of a draft as a person would: a head, what belongs together in paragraphs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slate_pg.catalog.compare import Difference
from slate_pg.draft.stages import Stage
from slate_pg.draft.words import Step

_LONGEST = 100  # columns of a comment


@dataclass(frozen=True)
class File:
    """The text of a migration and of its rollback, and what its name ends with where there are several."""

    apply: str
    rollback: str
    suffix: str = ""
    alone: bool = False


def write_files(stages: Sequence[Stage], losing: Sequence[Step], why: str) -> list[File]:
    """Return the files of all stages; `losing` are statements that the last one in a transaction holds as comments."""
    kept = stages or [Stage()]
    main = next((s for s in kept if s.suffix == ""), kept[0])
    return [_file(stage, losing if stage is main else (), why) for stage in kept]


def _file(stage: Stage, losing: Sequence[Step], why: str) -> File:
    loses = "; ".join(dict.fromkeys(step.loss for step in stage.back if step.loss)) or "nothing"
    head = wrapped(f"Why:  {why}") + wrapped(f"Lock: `slate plan` says what it locks. Rollback loses: {loses}.")
    paragraphs = [head, *_paragraphs(stage.there), *(_commented(step) for step in losing)]
    if not stage.there:
        paragraphs.append("SELECT;")
    back = _joined(_paragraphs(stage.back)) or "-- Nothing to undo.\nSELECT;\n"
    return File(_joined(paragraphs), back, stage.suffix, stage.alone)


def wrapped(text: str) -> str:
    """Return a text as lines of comment."""
    lines, line = [], "--"
    for word in _one_line(text).split(" "):
        if len(line) + 1 + len(word) > _LONGEST and line != "--":
            lines.append(line)
            line = "--"
        line += f" {word}"
    return "\n".join([*lines, line]) + "\n"


def _one_line(text: str) -> str:
    """Return a text as a comment may hold it: no line break, nor anything that a terminal obeys."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _commented(step: Step) -> str:
    said = wrapped(f"Loses {step.loss}. Take the marks off the statement to have it done.")
    return said + "\n".join(f"-- {_one_line(line)}" for line in step.written.splitlines())


def _joined(paragraphs: Iterable[str]) -> str:
    found = [p.strip("\n") for p in paragraphs]
    return "\n\n".join(found) + "\n" if found else ""


def _paragraphs(steps: Sequence[Step]) -> list[str]:
    """Return the statements, those that are short, of one kind and of one object standing together."""
    found: list[str] = []
    last = ""
    early = any(
        "CREATE FUNCTION" in s.text or "CREATE PROCEDURE" in s.text or "CREATE OR REPLACE" in s.text for s in steps
    )
    if early:
        found.append("SET LOCAL check_function_bodies = off;")
    for step in steps:
        text = step.written
        root = [step.about, *step.about.chain][-1]
        kind = "" if "\n" in text else f"{text.split()[0]} {root.qualified}"
        if found and kind and kind == last:
            found[-1] += f"\n{text}"
        else:
            found.append(text)
        last = kind
    return found


def undoing_text(differences: Sequence[Difference], steps: Sequence[Step], unsaid: Sequence[str]) -> str:
    """Return what differs as comments, and below it what brings it back; what loses data is a comment too."""
    said = [_one_line(f"-- {d.severity}: {d}") for d in differences]
    said += [_one_line(f"-- not written: {line}") for line in unsaid]
    return "\n".join([*said, *(_commented(step) if step.loss else step.written for step in steps), ""])
