"""What `slate mutate` prints: a product's counts, and each fault with what became of it."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from slate_pg.cli.shapes.common import OneOf


class Tried(TypedDict):
    """One fault that was made."""

    key: str
    """What it is known by: the same fault of the same object has the same key in every run."""
    kind: str
    """Which fault, as in "CHECK dropped"."""
    object: str
    """The object, as in "policy own_notes on app.notes"."""
    detail: str
    """Which part of it; empty where there is only one way."""
    harm: Annotated[str, OneOf("leak", "wrong write", "refusal", "speed", "other")]
    """What a database with this fault would do: show or let write too much, write what is wrong, refuse, be slow."""
    statements: list[str]
    """The statements that make it."""
    verdict: Annotated[str, OneOf("killed", "rules", "equivalent", "survived", "invalid")]
    """By tests, by rules only, no fault at all, noticed by nobody, or it does not apply."""
    by: str
    """The test or the rule that noticed it, or by what it is shown to be none; empty otherwise."""
    said: str
    """What that said first, or why the fault does not apply; empty where nothing was said."""
    missing: str | None
    """What a test that would notice it shows; null where it did not survive."""
    seconds: float
    """How long it took, its share of what was tried together, s."""


class MutatedProduct(TypedDict):
    """One product."""

    product: str
    """Its name."""
    seed: int
    """What drew the sample."""
    tests: int
    """How many tests were asked: those of the migrated template."""
    controls: int
    """How many trials without a fault all tests passed: two of the whole suite, and more between faults."""
    controls_killed: int
    """How many trials without a fault a test failed, which is left out since, by name in the notes."""
    resumed: int
    """How many verdicts are of an earlier run that was ended."""
    known: int
    """How many faults there are of what was chosen."""
    run: int
    """How many were tried."""
    killed: int
    """How many a test noticed."""
    rules: int
    """How many no test noticed and a rule of the catalog did."""
    equivalent: int
    """How many are no faults."""
    survived: int
    """How many nobody noticed."""
    invalid: int
    """How many do not apply."""
    percent: float
    """Killed by tests or rules, of those that are neither equivalent nor invalid, %."""
    seconds: float
    """How long it all took, s."""
    notes: list[str]
    """What was left out."""
    mutants: list[Tried]
    """Every fault that was tried."""


class Mutated(TypedDict):
    """Every product that was tried."""

    products: list[MutatedProduct]
    """In the order of the command line."""
