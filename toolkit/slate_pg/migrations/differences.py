"""Says how a file differs from what was recorded of it. Pure."""

from __future__ import annotations

from difflib import unified_diff

from slate_pg.migrations.script import Script


def differing(then: str | None, now: Script, name: str, checksum: str | None) -> list[str]:
    """Return how a file differs from what was recorded: by lines, or by checksums where either is big."""
    if then is None or now.kept is None:
        return [f"  as applied     SHA-256 {checksum}", f"  in the folder  SHA-256 {now.checksum}"]
    return difference(then, now.kept, name)


def difference(then: str, now: str, name: str) -> list[str]:
    """Return a unified diff, at most 40 lines."""
    lines = list(
        unified_diff(then.splitlines(), now.splitlines(), f"{name} as applied", f"{name} in the folder", lineterm="")
    )
    return lines[:40] + ([f"… {len(lines) - 40} more lines"] if len(lines) > 40 else [])
