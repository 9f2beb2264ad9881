"""Divides a draft over files: labels before what uses them, and what would block a large table in steps that let work.

Pure: statements in, statements out. What each stage does is proven with the others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.side import Side
from slate_pg.draft.words import Step, ended, settings

LARGE_ROWS, LARGE_BYTES = 100_000, 64 * 1024 * 1024  # from either on a table is large
_LABEL = re.compile(r"ALTER TYPE .* ADD VALUE ", re.S)
_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX ")
_ADDED = re.compile(r"ALTER TABLE .* ADD CONSTRAINT \S.* (?:FOREIGN KEY|CHECK|NOT NULL)\b", re.S)
_PROOF = "_not_null_check"
_WORD = r'(?:"(?:[^"]|"")*"|[^\s"().]+)'
_NOT_NULL = re.compile(
    rf"ALTER TABLE (?P<table>(?:ONLY )?{_WORD}(?:\.{_WORD})?) ALTER COLUMN (?P<column>{_WORD}) SET NOT NULL"
)
_COLUMNS = rf"{_WORD}(?:, {_WORD})*"
_KEY = re.compile(
    rf"(?P<kind>UNIQUE|PRIMARY KEY)(?P<nulls> NULLS NOT DISTINCT)? \((?P<columns>{_COLUMNS})\)"
    rf"(?P<include> INCLUDE \({_COLUMNS}\))?(?P<put_off> DEFERRABLE(?: INITIALLY DEFERRED)?)?"
)
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
    main = Stage(back=list(stage.back), suffix=stage.suffix)
    parts = _Parts(main, Stage(suffix="validate"), Stage(suffix="index", alone=True))
    for step in stage.there:
        identity, new = step.about, step.about not in before
        slow = _table_of(wanted, identity) in large
        if slow and new and _INDEX.match(step.text) and identity.kind == "index":
            parts.index(step)
        elif slow and new and _ADDED.match(step.text) and " NOT VALID" not in step.text:
            parts.constraint(step)
        elif slow and new and (key := _key(wanted, step)):
            parts.key(step, key)
        elif slow and not new and (found := _NOT_NULL.fullmatch(step.text)):
            parts.not_null(step, found)
        else:
            parts.follow(step)
    parts.proofs.there += parts.last
    return [each for each in (parts.main, parts.proofs, parts.beside) if each.there or each.back]


@dataclass
class _Parts:
    """The stages that one is divided into; `last` ends the proofs; what else is said of what was `moved` follows it."""

    main: Stage
    proofs: Stage
    beside: Stage
    last: list[Step] = field(default_factory=list)
    moved: dict[Identity, Stage] = field(default_factory=dict)

    def follow(self, step: Step) -> None:
        """Leave a statement where it was, or behind what it speaks of; a constraint that is made anew has it again."""
        over = [one for one in (step.about, *step.about.chain) if one in self.moved]
        (self.moved[over[0]] if over else self.main).there.append(step)
        for place, other in enumerate(self.proofs.back):
            if other.text.endswith(" NOT VALID") and other.about in step.about.chain:
                self.proofs.back.insert(place + 1, step)
                break

    def index(self, step: Step) -> None:
        """Have an index built beside writers."""
        text = _INDEX.sub(lambda m: f"CREATE {m[1] or ''}INDEX CONCURRENTLY ", step.text, count=1)
        drop = f"DROP INDEX {_called(step)}"
        self.beside.there.append(Step(text, step.about, alone=True))
        self.beside.back.insert(0, Step(drop.replace("INDEX", "INDEX CONCURRENTLY", 1), step.about, alone=True))
        self.moved[step.about] = self.beside
        self.main.back = [each for each in self.main.back if each.text != drop]

    def key(self, step: Step, texts: tuple[str, str]) -> None:
        """Have the index of a key built beside writers; the constraint takes it in an instant."""
        self.beside.there += [Step(text, step.about, alone=True) for text in texts]
        drop = f"{_head(step)} DROP CONSTRAINT {_named(step)}"
        self.beside.back.insert(0, Step(drop, step.about))
        self.moved[step.about] = self.beside
        self.main.back = [each for each in self.main.back if each.text != drop]

    def constraint(self, step: Step) -> None:
        """Have rows that are there proven beside writers; the way back leaves a constraint that is not."""
        unproven = Step(f"{step.text} NOT VALID", step.about)
        self.main.there.append(unproven)
        self.proofs.there.append(Step(f"{_head(step)} VALIDATE CONSTRAINT {_named(step)}", step.about))
        self.proofs.back[:0] = [Step(f"{_head(step)} DROP CONSTRAINT {_named(step)}", step.about), unproven]

    def not_null(self, step: Step, found: re.Match[str]) -> None:
        """Have a CHECK prove that a column holds no NULL, so that nothing is read under the lock of SET NOT NULL."""
        table, column = found["table"], found["column"]
        name = _check_name(step.about)
        check = Step(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID", step.about)
        drop = Step(f"ALTER TABLE {table} DROP CONSTRAINT {name}", step.about)
        free = Step(step.text.replace(" SET NOT NULL", " DROP NOT NULL"), step.about)
        self.main.there.append(check)
        self.proofs.there.append(Step(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", step.about))
        self.last += [step, drop]
        self.proofs.back[:0] = [free, check]
        self.main.back = [drop if each.text == free.text else each for each in self.main.back]


def _check_name(column: Identity) -> str:
    """Return what the CHECK is called that proves a column, as PostgreSQL would call it but for its end."""
    whole = f"{column.on.name if column.on else ''}_{column.name}"
    return quote(ended(whole, _PROOF))


def _table_of(wanted: Side, identity: Identity) -> str | None:
    table = wanted.facts.get(identity, {}).get("table")
    return table or (identity.on.qualified if identity.kind == "column" and identity.on else None)


def _key(wanted: Side, step: Step) -> tuple[str, str] | None:
    """Return the two statements that a UNIQUE or PRIMARY KEY is divided into; None for what cannot be."""
    told = wanted.told(step.about) if step.about.kind == "constraint" else {}
    found = _KEY.fullmatch(str(told.get("definition", "")))
    if not found or " ADD CONSTRAINT " not in step.text:
        return None
    options = f" WITH ({settings(told['options'])})" if told["options"] else ""
    index = f"({found['columns']}){found['include'] or ''}{found['nulls'] or ''}{options}"
    name = _named(step)
    return (
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {told['table']} {index}",
        f"{_head(step)} ADD CONSTRAINT {name} {found['kind']} USING INDEX {name}{found['put_off'] or ''}",
    )


def _called(step: Step) -> str:
    found = re.match(r'CREATE (?:UNIQUE )?INDEX ("(?:[^"]|"")*"|[^\s"]+) ON ', step.text)
    return found[1] if found else ""


def _head(step: Step) -> str:
    return step.text.partition(" ADD CONSTRAINT ")[0]


def _named(step: Step) -> str:
    found = _NAME.search(step.text)
    return found[1] if found else ""
