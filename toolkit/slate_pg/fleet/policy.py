"""Decides how a fleet is moved: who goes first, how many may fail, how often one is tried. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slate_pg.errors import Misuse, did_you_mean
from slate_pg.fleet.roster import Member


@dataclass(frozen=True)
class Policy:
    """How a fleet is moved: connections per server, failures after which nothing more is begun, and tries.

    `canaries` are worked on alone and first. `wait` is for how long, in seconds, a busy installation is come back to.
    """

    jobs: int = 2
    max_failures: int = 1
    retry: int = 0
    wait: float = 60.0
    canaries: tuple[Member, ...] = ()


def choose_canaries(members: Sequence[Member], asked: Sequence[str]) -> tuple[Member, ...]:
    """Return who goes first: the first N, or those named by schema or "server schema". Misuse for an unknown name.

    The first are of all members, whatever their state, so that a run that is taken up again chooses the same.
    """
    if len(asked) == 1 and asked[0].isascii() and asked[0].isdigit():
        if int(asked[0]) < 1:
            raise Misuse("--canary takes 1 or more, or names", hint="Leave it out for none.")
        return tuple(members[: int(asked[0])])
    known = {name for m in members for name in (m.schema, str(m))}
    wanted: list[str] = []
    for text in asked:
        wanted += [text] if text in known else [part.strip() for part in text.split(",")]
    for name in wanted:
        if name not in known:
            raise Misuse(
                f'the fleet has no installation "{name}"', hint=did_you_mean(name, {m.schema for m in members})
            )
    return tuple(m for m in members if m.schema in wanted or str(m) in wanted)
