"""What a ledger keeps of the values that a migration's variables had when it was applied.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from slate_pg.environments import Value


@dataclass(frozen=True)
class Recorded:
    """What a ledger keeps of the values a migration was applied with: all but the secrets', of which it has the names.

    `body` and `rollback_body` are the checksums of the texts as they are kept, values filled in.
    """

    values: Mapping[str, str]
    secret: tuple[str, ...] = ()
    body: str | None = None
    rollback_body: str | None = None

    def __str__(self) -> str:
        import json  # only where there are variables

        kept = {"values": dict(self.values), "secret": list(self.secret)}
        return json.dumps({**kept, "body": self.body, "rollback_body": self.rollback_body}, ensure_ascii=False)

    @classmethod
    def read(cls, kept: object) -> Recorded | None:
        """Return what a column of a ledger says, None for nothing. What is no such record counts as empty. Pure."""
        if not isinstance(kept, Mapping):
            return None
        values, secret = kept.get("values"), kept.get("secret")
        return cls(
            {str(k): str(v) for k, v in values.items()} if isinstance(values, Mapping) else {},
            tuple(str(name) for name in secret) if isinstance(secret, list) else (),
            *(str(kept[key]) if kept.get(key) else None for key in ("body", "rollback_body")),
        )


class Row(Protocol):
    """What of a ledger's row is asked for here."""

    @property
    def variables(self) -> Recorded | None:
        """The values it was applied with."""


def find_revalued(applied: Mapping[str, Row], values: Sequence[Value]) -> tuple[str, ...]:
    """Return where a variable has another value now than when a migration was applied, in words. Reads only."""
    if not any(row.variables for row in applied.values()):
        return ()
    now = {value.name: value.read() for value in values if not value.secret}
    return tuple(
        f"{name}: {variable} was {then!r} when it was applied, and is {now[variable]!r}"
        for name, row in applied.items()
        for variable, then in (row.variables.values.items() if row.variables else ())
        if now.get(variable) not in (None, then)
    )
