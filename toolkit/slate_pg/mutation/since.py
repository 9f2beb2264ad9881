"""Which objects the migrations of a product make otherwise than at a commit. Writes to disposable servers only."""

from __future__ import annotations

from collections.abc import Iterable

from slate_pg.catalog.model import Facts
from slate_pg.config import Product, Project, find_project
from slate_pg.docs.building import build
from slate_pg.errors import Misuse
from slate_pg.mutation.model import Mutant
from slate_pg.revisions import commit_of, files_of


def changed_since(project: Project, product: Product, revision: str) -> set[str]:
    """Return what is new or otherwise than the files of a commit build it, as identities read.

    Whose grants have changed has changed too. Misuse for a commit that there is not; SlateError where either cannot be
    built.
    """
    now = build(project, [product], catalog=False).catalog
    with files_of(project.root, commit_of(project.root, revision)) as tree:
        try:
            old = find_project(start=tree)
            there = any(p.name == product.name for p in old.products)
        except Misuse:  # no migrations yet
            there = False
        before = build(old, [old.product(product.name)], catalog=False).catalog if there else None
    return changes(before.everything if before else {}, now.everything if now else {})


def changes(before: Facts, now: Facts) -> set[str]:
    """Return the sentences of what differs; of a grant also that of its object. Pure."""
    differing = [identity for identity, facts in now.items() if before.get(identity) != facts]
    gone = [identity for identity in before if identity not in now and identity.kind == "grant"]
    granted = [identity.on for identity in (*differing, *gone) if identity.kind == "grant" and identity.on]
    return {str(identity) for identity in (*differing, *granted)}


def touched(mutants: Iterable[Mutant], changed: set[str]) -> list[Mutant]:
    """Return the mutants of these objects. Pure."""
    return [mutant for mutant in mutants if mutant.object in changed]
