"""What is measured of fleets, and what it may take. Pure."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = ("fleet", "installations", "s", "floor s", "ratio", "budget", "kept", "memory MB")
SIZES = (10, 100, 300, 1000)
APPLY, NOTHING, STATUS = "apply of 3 statements", "apply with nothing to do", "status"
NEW, SPARE = "one more of flourish", "one more of a spare"
DRIFT, PLAN, BACKUP = "drift of flourish", "plan of flourish", "backup of flourish"
BESIDE_ONE = "drift of flourish beside one"
_RATIOS_FROM = 100  # installations: below, a command's start is what is measured
_ANY = 0


@dataclass(frozen=True)
class Budget:
    """Seconds at most, where there are so many installations (0: however many), and times the floor at most.

    Times the floor are meant for up to `until` installations, where that says a number.
    """

    seconds: float | None
    at: int
    times: float | None
    until: int | None = None


BUDGETS = {
    APPLY: Budget(20.0, 1000, 4.0),
    NOTHING: Budget(2.0, 1000, None),
    NEW: Budget(None, _ANY, 1.5),
    SPARE: Budget(0.020, _ANY, None),
    DRIFT: Budget(8.0, 300, None),
    BESIDE_ONE: Budget(None, _ANY, 3.0, 300),
    PLAN: Budget(None, _ANY, 1.3),
    BACKUP: Budget(None, _ANY, 3.0),
}
MEMORY_MB = 200.0


@dataclass(frozen=True)
class Moved:
    """What something took beside so many installations: seconds, those of its floor if it has one, memory in MB.

    `memory_mb` is None for what is no process of its own.
    """

    what: str
    installations: int
    seconds: float
    floor: float | None
    memory_mb: float | None

    def allowed(self) -> Budget:
        """Return what it may take: seconds where they are meant for so many, times the floor from a hundred on."""
        said = BUDGETS.get(self.what, Budget(None, _ANY, None))
        seconds = said.seconds if said.at in (_ANY, self.installations) else None
        meant = _RATIOS_FROM <= self.installations <= (said.until or self.installations)
        times = said.times if self.floor and meant else None
        return Budget(seconds, said.at, times)

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        budget, found = self.allowed(), []
        name = f"{self.what}, {self.installations} installations"
        if budget.seconds is not None and self.seconds > budget.seconds:
            found.append(f"{name}: {_brief(self.seconds)} s, budget {budget.seconds:g} s")
        if budget.times and self.floor and self.seconds > budget.times * self.floor:
            found.append(f"{name}: {self.seconds / self.floor:.1f} × the floor, budget {budget.times:g} ×")
        return tuple(found)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        budget = self.allowed()
        wanted = [f"{budget.seconds:g} s"] if budget.seconds is not None else []
        said = " and ".join([*wanted, *([f"{budget.times:g} ×"] if budget.times else [])])
        floor, ratio = (_brief(self.floor), f"{self.seconds / self.floor:.1f}") if self.floor else ("", "")
        kept = ("NO" if self.missed else "yes") if said else ""
        memory = "" if self.memory_mb is None else f"{self.memory_mb:.0f}"
        return self.what, str(self.installations), _brief(self.seconds), floor, ratio, said, kept, memory


@dataclass(frozen=True)
class Memory:
    """The most memory that any of the commands had beside so many installations, in MB."""

    installations: int
    memory_mb: float
    what: str = "memory, the most of these"

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        if self.memory_mb <= MEMORY_MB:
            return ()
        return (f"{self.what}, {self.installations} installations: {self.memory_mb:.0f} MB, budget {MEMORY_MB:g} MB",)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        kept = "NO" if self.missed else "yes"
        return self.what, str(self.installations), "", "", "", f"{MEMORY_MB:g} MB", kept, f"{self.memory_mb:.0f}"


def _brief(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3f}" if seconds >= 0.01 else f"{seconds:.5f}"
