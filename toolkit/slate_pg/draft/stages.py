"""Divides a draft over files: labels before what uses them, and what would block a large table in steps that let work.

Pure: statements in, statements out. What each stage does is proven with the others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from slate_pg.catalog.identity import Identity
from slate_pg.draft.side import Side
from slate_pg.draft.words import Step

LARGE_ROWS, LARGE_BYTES = 100_000, 64 * 1024 * 1024  # from either on a table is large
_LABEL = re.compile(r"ALTER TYPE .* ADD VALUE ", re.S)
_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX ")
_ADDED = re.compile(r"ALTER TABLE .* ADD CONSTRAINT \S.* (?:FOREIGN KEY|CHECK|NOT NULL)\b", re.S)
_NAME = re.compile(r'ADD CONSTRAINT ("(?:[^"]|"")*"|[^\s"]+) ')


@dataclass
class Stage:
    """The statements of one file and of its rollback; `alone` where none of them can be in a transaction.

    `suffix` ends the file's name, where there are several.
    """

    there: list[Step] = field(default_factory=list)
    back: list[Step] = field(default_factory=list)
    suffix: str = ""
    alone: bool = False


def labels(steps: Sequence[Step]) -> list[Step]:
    """Return the statements that add labels to enums: what uses one has to come in a transaction of its own."""
    return [step for step in steps if _LABEL.match(step.text)]


def spread(stage: Stage, large: Collection[str], wanted: Side, before: Collection[Identity]) -> list[Stage]:
    """Return a stage as those in which what blocks a large table lets others work; what was there `before` stays."""
    main, proofs, beside = Stage(suffix=stage.suffix), Stage(suffix="validate"), Stage(suffix="index", alone=True)
    dropped: set[str] = set()
    for step in stage.there:
        slow = wanted.facts.get(step.about, {}).get("table") in large and step.about not in before
        if slow and _INDEX.match(step.text) and step.about.kind == "index":
            text = _INDEX.sub(lambda m: f"CREATE {m[1] or ''}INDEX CONCURRENTLY ", step.text, count=1)
            drop = f"DROP INDEX {_called(step)}"
            beside.there.append(Step(text, step.about, alone=True))
            beside.back.insert(0, Step(drop.replace("INDEX", "INDEX CONCURRENTLY", 1), step.about, alone=True))
            dropped.add(drop)
        elif slow and _ADDED.match(step.text) and " NOT VALID" not in step.text:
            main.there.append(Step(f"{step.text} NOT VALID", step.about))
            head = step.text.partition(" ADD CONSTRAINT ")[0]
            proofs.there.append(Step(f"{head} VALIDATE CONSTRAINT {_named(step)}", step.about))
        else:
            main.there.append(step)
    main.back = [step for step in stage.back if step.text not in dropped]
    return [each for each in (main, proofs, beside) if each.there or each.back]


def _called(step: Step) -> str:
    found = re.match(r'CREATE (?:UNIQUE )?INDEX ("(?:[^"]|"")*"|[^\s"]+) ON ', step.text)
    return found[1] if found else ""


def _named(step: Step) -> str:
    found = _NAME.search(step.text)
    return found[1] if found else ""
