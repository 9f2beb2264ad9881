"""What `why` answers: whether a row is seen, the reasons, and what each policy says of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operand:
    """One condition: its text, "true", "false", "null" or "error", and the error."""

    text: str
    value: str
    error: str = ""


@dataclass(frozen=True)
class Judged:
    """One policy for SELECT: whom it names, whether it concerns the role, and what it says of the row."""

    name: str
    restrictive: bool
    roles: tuple[str, ...]
    concerns: bool
    whole: Operand
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Whether a role, as a person, sees a row (any row, without a key); why, in sentences; and the policies.

    `seen` is what a SELECT as the person showed where one was possible, and what the policies say elsewhere.
    """

    role: str
    person: str
    table: str
    key: tuple[str, ...]
    seen: bool
    reasons: tuple[str, ...]
    policies: tuple[Judged, ...] = ()
