"""Which kinds of JSON a module's tests make real commands print, so that none is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from slate_pg.cli.shapes import OUTPUTS
from tests import published

Test = TypeVar("Test", bound=Callable[..., Any])
_shown: dict[str, set[tuple[str, str]]] = {}


def shows(command: str, *kinds: str) -> Callable[[Test], Test]:
    """Say of a test which kinds of a command's output it makes it print; `heard` holds it to that."""

    def note(test: Test) -> Test:
        _shown.setdefault(test.__name__, set()).update((command, kind) for kind in kinds)
        return test

    return note


@pytest.fixture
def heard(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a test did not hear what it says it shows."""
    published.seen.clear()
    yield
    lacking = _shown.get(request.node.originalname, set()) - set(published.seen)
    assert not lacking, f"never printed: {lacking}"


def shown(*, fleets: bool) -> set[tuple[str, str]]:
    """What the tests that were collected here say they show, failures apart."""
    every = {pair for pairs in _shown.values() for pair in pairs if pair[1] != "Failure"}
    return {pair for pair in every if pair[0].startswith("fleet ") is fleets}


def published_kinds(*, fleets: bool) -> set[tuple[str, str]]:
    """Every kind that a command may print, failures apart."""
    found = {(name, kind.__name__) for name, output in OUTPUTS.items() for kind in output.shapes}
    return {pair for pair in found if pair[0].startswith("fleet ") is fleets}
