from __future__ import annotations

import subprocess

from slate_pg.catalog.identity import Identity
from slate_pg.mutation.since import changes
from tests.mutation.conftest import Shop

ITEMS = Identity("table", "shop", "items")
CHECK = Identity("constraint", "shop", "items_check", on=ITEMS)
GRANT = Identity("grant", name="people", on=ITEMS)


def test_what_is_new_or_otherwise_has_changed_and_so_has_what_a_grant_is_on():
    before = {ITEMS: {"row_security": True}, CHECK: {"definition": "a"}, GRANT: {"privileges": ["SELECT"]}}
    assert changes(before, before) == set()
    assert changes(before, before | {CHECK: {"definition": "b"}}) == {str(CHECK)}
    assert changes(before, {ITEMS: before[ITEMS], CHECK: before[CHECK]}) == {str(ITEMS)}
    assert changes({}, before) == {str(ITEMS), str(CHECK), str(GRANT)}


def git(shop: Shop, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(shop.folder), *who, *arguments], check=True, capture_output=True)


def test_since_a_commit_only_what_it_changed_is_tried(shop: Shop) -> None:
    git(shop, "init", "-q")
    git(shop, "add", ".")
    git(shop, "commit", "-qm", "before")
    shop.write(
        migrations__shop__shop_0002_stars__sql="ALTER TABLE items ADD stars integer CONSTRAINT stars_check CHECK (stars < 6);",
        **{"migrations__shop__shop_0002_stars.rollback__sql": "ALTER TABLE items DROP stars;"},
    )
    ran = shop.mutate("--since", "HEAD", "--json", "--jobs", "1")
    (product,) = ran.products
    assert {m["object"] for m in product["mutants"]} == {"constraint stars_check on shop.items"}
    assert product["known"] == product["survived"] == 2
    assert ran.code == 3
    unknown = shop.mutate("--since", "no such commit")
    assert unknown.code == 2
    assert 'no commit "no such commit"' in unknown.err
