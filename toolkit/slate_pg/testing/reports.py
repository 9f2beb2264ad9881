"""What pytest prints when a comparison with a matcher fails: each differing field, the nearest name, the SQL."""

from __future__ import annotations

from typing import Any

from slate_pg.testing.handles import Handle
from slate_pg.testing.matchers import Listing, Matcher
from slate_pg.testing.names import nearest


def explain(operator: str, left: Any, right: Any) -> list[str] | None:
    """Return the lines of the explanation, or None when no matcher takes part."""
    if operator != "==":
        return None
    have, want = (right, left) if isinstance(left, Matcher | Listing) else (left, right)
    if isinstance(want, Listing):
        return _explain_listing(have, want)
    return _explain_matcher(have, want) if isinstance(want, Matcher) else None


def _explain_matcher(have: Any, want: Matcher) -> list[str]:
    lines = [f"{have!r} == {want!r}"]
    for field, is_, wanted in want.differences(have):
        lines += [f"  {field}", f"    have: {is_!r}", f"    want: {wanted!r}"]
    return [*lines, f"  look: {have.lookup()}"] if isinstance(have, Handle) else lines


def _explain_listing(have: Any, want: Listing) -> list[str]:
    missing, extra = want.differences(have)
    lines = [f"{list(have)} == {want!r}"]
    for name in missing:
        near = nearest(name, extra or list(have))
        lines.append(f"  missing: {name}{' (nearest: ' + ', '.join(near) + ')' if near else ''}")
    return lines + [f"  extra: {name}" for name in extra]
