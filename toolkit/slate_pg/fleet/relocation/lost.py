"""Takes a move back where its target does not answer: all that is done is done on the source. Writes there."""

from __future__ import annotations

from pathlib import Path

from slate_pg.errors import Misuse, SlateError
from slate_pg.fleet.relocation import closing, copying, following, mark
from slate_pg.fleet.relocation.ends import Lost
from slate_pg.fleet.relocation.mark import COPY
from slate_pg.fleet.relocation.switching import Switch, event_without
from slate_pg.fleet.renaming import holding


def abort_without_target(lost: Lost, switch: Switch, work: Path, *, discard: bool = False) -> list[str]:
    """Let the source take writes again; return in words what is left for when the target answers. Writes.

    SlateError where the target may have taken writes, unless those are to be discarded.
    """
    with holding(lost.source, [lost.schema], lost.patience):
        moving = mark.read_marks(lost.source, lost.schema).get(lost.schema)
        if moving is None or moving.target != lost.to or moving.role == COPY:
            raise Misuse(
                f'no move of "{lost.schema}" to {lost.to} is under way', hint="`slate fleet status` says what is where."
            )
        if moving.has_gone and not discard:
            raise SlateError(
                f'{lost.to} does not answer, and "{lost.schema}" may have been written to there since it was moved',
                hint="Nothing was taken back. Wait until it answers; or --discard, which loses what was written there.",
            )
        copying.clear(work, moving)
        following.end_source(lost.source, moving, moving.subscription)
        closing.reopen(lost.source, lost.schema, lost.patience)
        if moving.has_gone:
            switch(event_without(lost, moving))
            return [f"{lost.to} takes writes too once it answers: remove its copy before clients reach it"]
        return [f"what is on {lost.to} of the copy, which takes no writes: --abort again drops it once it answers"]
