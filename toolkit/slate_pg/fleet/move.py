"""Moves a fleet: what all build on first on each server, canaries before others, until too many have failed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from slate_pg.errors import SlateError
from slate_pg.fleet.crew import DONE, NOT_BEGUN, UNREACHABLE, Crew, Outcome
from slate_pg.fleet.roster import Member, Roster
from slate_pg.fleet.servers import Server

# Says what is wrong with a canary that was worked on, None where nothing is.
Check = Callable[[Member], str | None]


class CanaryRefused(SlateError):
    """What was asked about a canary is not so; the others were not touched. The answer is no."""

    exit_code = 3


@dataclass
class Move:
    """One way through a fleet. `is_due` tells which members there is something to do for; the others are done."""

    crew: Crew
    roster: Roster
    is_due: Callable[[Member], bool]
    check: Check | None = None
    shared_too: bool = True
    refused: CanaryRefused | None = None

    def run(self) -> Generator[Outcome]:
        """Yield the outcome of every member, as it comes. After a canary that failed all others were not begun."""
        canaries = self.crew.policy.canaries
        others = [m for m in self.roster.members if m not in canaries]
        ready: set[Server] = set()
        if canaries:
            failed = False
            for outcome in self._stage(list(canaries), ready, 1):
                failed |= outcome.state not in (DONE,)
                yield outcome
            if failed:
                self.crew.stop()
            elif self.check:
                self.refused = self._ask(canaries, self.check)
        yield from self._stage(others, ready, None)

    def _ask(self, canaries: Sequence[Member], check: Check) -> CanaryRefused | None:
        for member in canaries:
            if said := check(member):
                self.crew.stop()
                return CanaryRefused(f"the check of {member} says no: {said}", hint="The others were not touched.")
        return None

    def _stage(self, members: list[Member], ready: set[Server], at_once: int | None) -> Iterator[Outcome]:
        """Work on members, after what they build on where that has not been looked at yet."""
        new = [s for s in dict.fromkeys(m.server for m in members) if s not in ready]
        ready.update(new)
        bases = [self.roster.shared[s] for s in new if self.shared_too and s in self.roster.shared]
        without: set[Server] = set()
        due = [base for base in bases if self.is_due(base)]
        for outcome in self.crew.work(due, 1):
            if outcome.state != DONE:
                without.add(outcome.member.server)
            yield outcome
        yield from (Outcome(m, DONE, attempts=0) for m in members if not self.is_due(m))
        waiting = [m for m in members if self.is_due(m)]
        yield from (self._without(m) for m in waiting if m.server in without)
        yield from self.crew.work([m for m in waiting if m.server not in without], at_once)

    def _without(self, member: Member) -> Outcome:
        down = self.crew.down.get(member.server)
        said = down or f'"{self.roster.shared[member.server].schema}", which it builds on, could not be moved'
        return Outcome(member, UNREACHABLE if down else NOT_BEGUN, attempts=0, error=SlateError(said))


def after(outcome: Outcome) -> str:
    """Return the id of the migration that is the last of a member now, as far as this run knows. Pure."""
    return outcome.ids[-1] if outcome.ids else outcome.member.last
