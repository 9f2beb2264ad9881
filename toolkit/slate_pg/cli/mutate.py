"""`slate mutate`: which faults of a schema its tests would not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Json, Products
from slate_pg.errors import AnswerIsNo, Misuse

if TYPE_CHECKING:
    from slate_pg.cli.shapes import mutants as shapes
    from slate_pg.mutation.campaign import Choice, Progress, Result
    from slate_pg.mutation.model import Mutant, Outcome

SAY_SECONDS = 10.0  # between two lines of how far a product is


def mutate(
    products: Products = None,
    sample: Annotated[
        Optional[int], typer.Option("--sample", metavar="N", min=1, help="Try so many of each product; else all.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Which ones --sample draws.")] = 0,
    since: Annotated[
        Optional[str], typer.Option("--since", metavar="REV", help="Only what migrations changed since a commit.")
    ] = None,
    jobs: Annotated[
        Optional[int], typer.Option("--jobs", "-j", metavar="N", min=1, help="Workers; else one a processor.")
    ] = None,
    fail_under: Annotated[
        Optional[float],
        typer.Option("--fail-under", metavar="PERCENT", min=0, max=100, help="Exit 3 only below this share killed."),
    ] = None,
    tests: Annotated[
        Optional[list[str]], typer.Option("--tests", metavar="PATH", help="Tests to ask; else what pytest collects.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make faults in a copy of the schema, one at a time, and say which the tests do not notice. Exit 3 if any."""
    import os

    from slate_pg.cli.output import put_json
    from slate_pg.mutation.campaign import Choice

    check_installed()
    choice = Choice(sample, seed, jobs or os.cpu_count() or 1, since, tuple(tests or ()))
    results = try_each(products or [], choice, as_json)
    if as_json:
        put_json({"products": [as_fields(result) for result in results]})
    if fails(results, fail_under):
        raise AnswerIsNo


def try_each(names: list[str], choice: Choice, quiet: bool) -> list[Result]:
    """Try the mutants of these products, or of all, one after the other; show each as it is done unless quiet."""
    from pathlib import Path

    from slate_pg.mutation.campaign import Progress
    from slate_pg.mutation.campaign import mutate as run

    project = project_of(None)
    results = []
    for product in [project.product(n) for n in names] or list(project.products):
        progress = Progress() if quiet else saying(product.name)
        results.append(run(project, product, choice, Path.cwd(), progress))
        if not quiet:
            show(results[-1])
    return results


def saying(name: str) -> Progress:
    """Return what says on stderr every few seconds how far a product is."""
    import time

    from slate_pg.cli.output import say
    from slate_pg.mutation.campaign import Progress

    far = {"all": 0, "done": 0, "survived": 0}
    said = [time.monotonic()]

    def settled(_: Mutant, outcome: Outcome) -> None:
        far["done"] += 1
        far["survived"] += outcome.verdict == "survived"
        if time.monotonic() - said[0] > SAY_SECONDS:
            said[0] = time.monotonic()
            say(f"{name}: {far['done']} of {far['all']} tried, {far['survived']} survived")

    return Progress(planned=lambda count: far.update(all=count), settled=settled)


def check_installed() -> None:
    """Misuse where pytest, or what its plugin needs, is not installed."""
    import importlib.util
    import os

    for name in ("pytest", "pytest_postgresql"):
        if importlib.util.find_spec(name) is None:
            raise Misuse(f"{name.replace('_', '-')} is not installed", hint="pip install 'slate-pg[test]'.")
    if not hasattr(os, "fork"):
        raise Misuse("slate mutate forks, which this system cannot", hint="Run it on Linux, macOS or in WSL.")


def fails(results: list[Result], fail_under: float | None) -> bool:
    """Tell whether the answer is no: something survived, or too little was killed where a limit is given."""
    if fail_under is None:
        return any(result.survivors() for result in results)
    return any(result.percent < fail_under for result in results)


def show(result: Result) -> None:
    """Print the summary of a product, and what survived with the test that is missing."""
    from slate_pg.cli.output import put, say

    for note in result.notes:
        say(f"note: {note}")
    for mutant in sorted(result.survivors(), key=lambda m: (m.harm, m.title)):
        put(f"survived: {mutant.title} [{mutant.harm}]")
        put(f"  missing: a test that {mutant.missing}")
    put(summary(result))


def summary(result: Result) -> str:
    """Return the line that counts: known, run, killed, by rules only, equivalent, survived, invalid, seconds."""
    ran = len(result.outcomes)
    again = f" ({result.resumed} of an earlier run)" if result.resumed else ""
    killed = f", {result.controls_killed} failed by tests that are left out" if result.controls_killed else ""
    return (
        f"{result.product}: {result.known} known, {ran} run{again}, {result.count('killed')} killed, "
        f"{result.count('rules')} by rules only, {result.count('equivalent')} equivalent, "
        f"{result.count('survived')} survived, {result.count('invalid')} invalid, {result.seconds:.1f} s; "
        f"{result.percent:.0f} % of {result.effective} killed; seed {result.seed}, {result.tests} tests, "
        f"{result.controls} controls passed{killed}"
    )


def as_fields(result: Result) -> shapes.MutatedProduct:
    """Return what JSON holds of a product."""
    count = result.count
    tried: list[shapes.Tried] = [
        {
            "key": mutant.key, "kind": mutant.kind, "object": mutant.object, "detail": mutant.detail,
            "harm": mutant.harm, "statements": list(mutant.statements), "verdict": outcome.verdict, "by": outcome.by,
            "said": outcome.said, "missing": mutant.missing if outcome.verdict == "survived" else None,
            "seconds": outcome.seconds,
        }
        for mutant, outcome in result.outcomes
    ]  # fmt: skip
    return {
        "product": result.product, "seed": result.seed, "tests": result.tests, "controls": result.controls,
        "controls_killed": result.controls_killed,
        "resumed": result.resumed, "known": result.known, "run": len(result.outcomes),
        "killed": count("killed"), "rules": count("rules"), "equivalent": count("equivalent"),
        "survived": count("survived"), "invalid": count("invalid"),
        "percent": round(result.percent, 1), "seconds": round(result.seconds, 1), "notes": list(result.notes),
        "mutants": tried,
    }  # fmt: skip
