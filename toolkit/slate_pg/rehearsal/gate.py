"""Decides whether a plan may go on: which findings are in the way, which are allowed, which a file accepts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slate_pg.errors import Misuse, did_you_mean
from slate_pg.migrations.directives import Acceptance, read_acceptances
from slate_pg.postgres.statements import place, split
from slate_pg.rehearsal.findings import BLOCKS_READS, BLOCKS_WRITES, HARMLESS, KINDS, FileVerdict, Finding

BLOCKING = "blocking"  # both kinds of it
REFUSED, ALLOWED, ACCEPTED, TOLD = "refused", "allowed", "accepted", "told"
_KINDS_OF_BLOCKING = (BLOCKS_READS, BLOCKS_WRITES)
_CHOICES = (BLOCKING, *(kind for kind in KINDS if kind not in HARMLESS))
_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h)\Z")
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
ANY_TIME = float("inf")


@dataclass(frozen=True)
class Terms:
    """What may be: for each kind of finding the longest time in seconds, without an end where none was said."""

    allowed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ruling:
    """What was decided about a finding: one of REFUSED, ALLOWED, ACCEPTED and TOLD, and by what reason of a person."""

    finding: Finding
    outcome: str
    reason: str = ""


@dataclass(frozen=True)
class Decision:
    """What was decided about every finding, and what was accepted that nobody found: file, kind and line."""

    rulings: tuple[Ruling, ...] = ()
    unmatched: tuple[tuple[str, Acceptance], ...] = ()

    @property
    def passes(self) -> bool:
        """True when nothing is in the way."""
        return not any(ruling.outcome == REFUSED for ruling in self.rulings)

    def of(self, outcome: str) -> list[Ruling]:
        """Return the rulings of one outcome."""
        return [ruling for ruling in self.rulings if ruling.outcome == outcome]


def read_terms(words: Iterable[str]) -> Terms:
    """Return what is allowed by words as `loses-data` and `blocking=5s`. Misuse names a word that is none."""
    allowed: dict[str, float] = {}
    for word in words:
        kind, equals, time = (part.strip() for part in word.partition("="))
        if kind not in _CHOICES:
            raise Misuse(f'allow takes no "{kind}"', hint=did_you_mean(kind, _CHOICES))
        longest = _seconds(word, time) if equals else ANY_TIME
        kinds = _KINDS_OF_BLOCKING if kind == BLOCKING else (kind,)
        if equals and kinds[0] not in _KINDS_OF_BLOCKING:
            raise Misuse(f'"{word}": {kind} takes no time', hint=f"Say {kind}, or blocking={time}.")
        allowed |= dict.fromkeys(kinds, longest)
    return Terms(allowed)


def _seconds(word: str, time: str) -> float:
    match = _TIME.match(time)
    if not match:
        raise Misuse(f'"{word}" gives no time', hint="As in blocking=500ms, blocking=5s or blocking=2min.")
    return float(match[1]) * _UNITS[match[2]]


def decide(files: Sequence[FileVerdict], texts: Mapping[str, str], terms: Terms) -> Decision:
    """Decide about every finding of these files; `texts` are theirs, by path. FileError for a malformed acceptance."""
    rulings: list[Ruling] = []
    unmatched: list[tuple[str, Acceptance]] = []
    for file in files:
        open_ = [(n, f) for n, f in enumerate(file.findings) if f.kind not in HARMLESS]
        decided = {n: Ruling(f, ALLOWED) for n, f in open_ if _is_allowed(f, terms)}
        ends = _ends(texts.get(file.file, ""))
        for acceptance in read_acceptances(Path(file.file), texts.get(file.file, "")):
            there = [(n, f) for n, f in open_ if n not in {k for k, r in decided.items() if r.outcome == ACCEPTED}]
            chosen = _first(there, acceptance, ends, file.transactional)
            if chosen is None:
                unmatched.append((file.file, acceptance))
            else:
                decided[chosen[0]] = Ruling(chosen[1], ACCEPTED, acceptance.reason)
        for number, finding in enumerate(file.findings):
            default = Ruling(finding, TOLD if finding.kind in HARMLESS else REFUSED)
            rulings.append(decided.get(number, default))
    return Decision(tuple(rulings), tuple(unmatched))


def _is_allowed(finding: Finding, terms: Terms) -> bool:
    longest = terms.allowed.get(finding.kind)
    if longest is None or longest == ANY_TIME or finding.kind not in _KINDS_OF_BLOCKING:
        return longest is not None
    return finding.seconds is not None and finding.seconds.high <= longest


def _first(
    there: Sequence[tuple[int, Finding]], acceptance: Acceptance, ends: Mapping[int, int], transactional: bool
) -> tuple[int, Finding] | None:
    """Return the first finding of the kind at or below the line, before others one whose relation the reason names."""
    kinds = _KINDS_OF_BLOCKING if acceptance.kind == BLOCKING else (acceptance.kind,)
    words = set(re.findall(r"[\w$.]+", acceptance.reason))

    def reaches(finding: Finding) -> bool:
        lasts = transactional and finding.kind in _KINDS_OF_BLOCKING  # to the end of the file
        return lasts or max(finding.line, ends.get(finding.line, 0)) >= acceptance.line

    fitting = [(n, f) for n, f in there if f.kind in kinds and reaches(f)]
    return min(fitting, key=lambda each: (each[1].relation not in words, each[1].line, each[0]), default=None)


def _ends(text: str) -> dict[int, int]:
    """Return the line on which each statement ends, by the line on which it starts; the last that starts there."""
    return {place(text, s.start).line: place(text, max(s.start, s.end - 1)).line for s in split(text)} if text else {}
