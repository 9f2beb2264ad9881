"""What a plan finds in the way names the recipe that fits, with the command that writes its files."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

import pytest

from slate_pg.recipes.known import RECIPES
from slate_pg.rehearsal.findings import Observed, Work
from slate_pg.rehearsal.offers import offer_for, offers
from tests.rehearsal.truth.measure import read_cases
from tests.workshop import Workshop

HOSTILE = 'We"ird; $(name)%s'
OFFERED = {
    "ALTER TABLE big ALTER COLUMN note SET NOT NULL": "not-null --table big --column note",
    "ALTER TABLE shop.big ADD CONSTRAINT nice CHECK (note <> 'it''s')":
        "check --table shop.big --check \"note <> 'it''s'\" --to nice",
    "ALTER TABLE big ADD FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE":
        "foreign-key --table big --column parent_id --references parents --to-column id --on-delete CASCADE",
    "ALTER TABLE big ADD CONSTRAINT one UNIQUE (note, code)": "unique --table big --column note --column code --to one",
    "CREATE INDEX big_note_idx ON big (note)": "index --table big --column note --to big_note_idx",
    "ALTER TABLE big ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid()":
        "add-column --table big --column token --type uuid --default 'gen_random_uuid()' --not-null",
    "ALTER TABLE big ALTER COLUMN parent_id TYPE bigint": "change-type --table big --column parent_id --type bigint",
    "UPDATE big SET note = 'x', code = NULL WHERE id > 4":
        "fill-rows --table big --column note --value \"'x'\" --column code --value NULL --where 'id > 4'",
    "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (2) TO (3)":
        "new-partition --table days --to days_2 --values 'FROM (2) TO (3)'",
    "CREATE UNIQUE INDEX ON big (note)": "index --table big --column note --unique",
}  # fmt: skip


@pytest.fixture
def full_shop(shop: Workshop) -> Workshop:
    shop.write(
        "shop_0001_base",
        "CREATE TABLE parents (id integer PRIMARY KEY); CREATE TABLE big (id integer PRIMARY KEY, parent_id integer, "
        "note text, code text); CREATE TABLE days (id integer PRIMARY KEY) PARTITION BY RANGE (id); "
        'CREATE TABLE days_rest PARTITION OF days DEFAULT; CREATE TABLE "We""ird; $(name)%s" (id integer PRIMARY KEY, "a\'b" text);',
        'DROP TABLE days, big, parents, "We""ird; $(name)%s";',
    )
    shop.apply()
    shop.do(
        "INSERT INTO shop.days SELECT g FROM generate_series(10, 20000) AS g;"
        "INSERT INTO shop.parents SELECT g FROM generate_series(1, 100) AS g;"
        "INSERT INTO shop.big SELECT g, g % 100 + 1, 'n' || g, 'c' FROM generate_series(1, 30000) AS g;"
        'INSERT INTO shop."We""ird; $(name)%s" SELECT g, \'n\' || g FROM generate_series(1, 30000) AS g; ANALYZE;'
    )
    return shop


@pytest.mark.parametrize("statement", OFFERED)
def test_the_offered_command_writes_files_that_nothing_is_in_the_way_of(full_shop: Workshop, statement: str) -> None:
    shop = full_shop
    file = shop.write("shop_0002_block", statement + ";")
    ran = shop.slate("plan", "--json")
    assert ran.returncode == 3, ran.stdout
    said = json.loads(ran.stdout)
    (one,) = said["plans"][0]["statements"]
    command = one["command"]
    assert shlex.split(command)[5:] == shlex.split(OFFERED[statement])
    assert {f["command"] for f in said["gate"]["refused"]} == {command}
    assert all(f["recipe"] for f in said["gate"]["refused"])
    file.unlink()
    file.with_suffix(".rollback.sql").unlink()
    written = shop.slate(*shlex.split(command)[1:])
    assert written.returncode == 0, written.stderr
    planned = shop.slate("plan")
    assert planned.returncode == 0, planned.stdout


@pytest.mark.parametrize("form", ["text", "json", "github", "gitlab", "sarif", "markdown"])
def test_every_form_has_the_command_as_a_shell_takes_it(full_shop: Workshop, form: str) -> None:
    shop = full_shop
    shop.write("shop_0002_block", 'ALTER TABLE "We""ird; $(name)%s" ALTER COLUMN "a\'b" SET NOT NULL;')
    said = shop.slate("plan", "--format", form).stdout
    command = f"--recipe not-null --table {shlex.quote(HOSTILE)} --column {shlex.quote(chr(97) + chr(39) + 'b')}"
    shown = json.dumps(command, ensure_ascii=False)[1:-1] if form in ("json", "gitlab", "sarif") else command
    shown = shown.replace("%", "%25") if form == "github" else shown
    assert shown in said


def blocking(text: str) -> Iterator[Observed]:
    for kind in ("rewrite", "full scan", "constraint validation", "index build", "update", "delete"):
        yield Observed("f", 1, text, work=(Work(kind, "big", ""),), product="shop")


def test_every_recipe_that_plan_offers_is_there_and_takes_what_it_is_offered_with() -> None:
    texts = [statement for case in read_cases() for statement in case.text.split(";\n")]
    found = [offer for text in texts for offer in offers(text.strip().rstrip(";"))]
    assert {offer.recipe for offer in found} >= {"not-null", "check", "foreign-key", "unique", "index"}
    for offer in found:
        if offer.recipe in RECIPES:
            recipe = RECIPES[offer.recipe]
            names = {name for name, _ in offer.options}
            assert set(recipe.needs) <= names <= {*recipe.needs, *recipe.takes}, offer


def test_what_no_recipe_fits_is_offered_none() -> None:
    for text in ("VACUUM FULL big", "UPDATE big AS b SET note = b.code", "CREATE INDEX ON big (lower(note))", "no SQL"):
        assert [offer_for(one, one.work) for one in blocking(text)] == [""] * 6
