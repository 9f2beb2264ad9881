"""Whether the command under way was asked for JSON, and whether it has printed all of that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Spoken:
    """What the command under way prints; `is_complete` once there is nothing to follow."""

    as_json: bool = False
    is_complete: bool = False


spoken = Spoken()


def begin(*, as_json: bool) -> None:
    """Note that a command begins, and whether it was asked for JSON."""
    spoken.as_json, spoken.is_complete = as_json, False
