"""`slate mutate` on a stranger's suite: what is killed, what survives, and what is refused."""

from __future__ import annotations

import re

from slate_pg.mutation.board import EVERY
from tests.mutation.conftest import SUITE, Shop


def test_a_fault_that_a_test_notices_is_killed_and_one_that_none_does_survives(shop: Shop) -> None:
    ran = shop.mutate("--json", "--jobs", "2", "--seed", "7")
    (product,) = ran.products
    assert ran.code == 3, ran.err
    expected = {
        "CHECK dropped": "killed",
        "CHECK changed price > 0 with >=": "killed",
        "primary key dropped": "killed",
        "policy USING true": "killed",
        "policy dropped": "killed",
        "grant revoked SELECT": "killed",
        "row security off": "killed",
        "NOT NULL dropped": "survived",
        "index dropped": "survived",
        "grant added DELETE to shop_people": "survived",
        "policy WITH CHECK true": "survived",
    }
    assert {kind: verdict for kind, verdict in ran.verdicts.items() if kind in expected} == expected
    assert product["known"] == product["run"] == len(product["mutants"])
    assert product["run"] == sum(product[v] for v in ("killed", "rules", "equivalent", "survived", "invalid"))
    assert (product["seed"], product["controls_killed"], product["tests"]) == (7, 0, 3)
    assert product["run"] < EVERY
    # The whole suite once, and each test that killed behind those that were asked before it.
    killers = [m["by"] for m in product["mutants"] if m["verdict"] == "killed"]
    assert 1 + len({*killers}) <= product["controls"] <= 1 + len(killers)
    by = {m["kind"]: m["by"] for m in product["mutants"]}
    assert by["CHECK dropped"] == "tests/test_shop.py::test_items_have_a_price_above_zero"
    assert by["primary key dropped"] == "tests/test_shop.py::test_a_clone_has_no_two_items_of_one_number"
    assert all(bool(m["missing"]) == (m["verdict"] == "survived") for m in product["mutants"])


def test_people_are_told_what_survived_and_which_test_is_missing(shop: Shop) -> None:
    ran = shop.mutate("shop", "--jobs", "1", "--sample", "4", "--seed", "1", "--fail-under", "0")
    assert ran.code == 0, ran.err
    assert ran.out.count("survived: ") == ran.out.count("  missing: a test that ")
    assert "4 run" in ran.out.splitlines()[-1]
    assert re.search(r"seed 1, 3 tests, [2-5] controls passed$", ran.out.splitlines()[-1])


def test_a_suite_is_collected_once_for_all_workers(shop: Shop) -> None:
    note = "from pathlib import Path\n\nwith Path('collected').open('a') as file:\n    file.write('once ')\n"
    shop.write(tests__test_shop__py=note + SUITE)
    ran = shop.mutate("--json", "--jobs", "3", "--sample", "6")
    assert [product["run"] for product in ran.products] == [6], ran.err
    assert (shop.folder / "collected").read_text() == "once "


def test_a_suite_that_fails_without_a_fault_is_refused_by_the_name_of_its_test(shop: Shop) -> None:
    shop.write(tests__test_shop__py=SUITE + "\n\ndef test_wrong(db):\n    assert db.value('SELECT 1') == 2\n")
    ran = shop.mutate("--jobs", "1")
    assert ran.code == 1
    assert "the suite fails without any fault: tests/test_shop.py::test_wrong" in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_a_suite_without_a_test_of_the_database_is_refused(shop: Shop) -> None:
    shop.write(tests__test_shop__py="def test_nothing():\n    assert True\n")
    ran = shop.mutate("--jobs", "1")
    assert (ran.code, ran.out) == (1, "")
    assert "no test has a database of the migrated template" in ran.err


def test_a_suite_that_cannot_be_collected_is_refused(shop: Shop) -> None:
    shop.write(tests__test_other__py="import nothing_of_that_name\n")
    ran = shop.mutate("--jobs", "1")
    assert (ran.code, ran.out) == (1, "")
    assert "pytest" in ran.err
    assert "nothing_of_that_name" in ran.err


def test_a_test_that_depends_on_its_order_is_left_out_by_name(shop: Shop) -> None:
    first = "SEEN = []\n\n\ndef test_first(db):\n    SEEN.append(1)\n\n\n"
    others = "".join(f"def test_follows_{i}(db):\n    assert SEEN\n\n\n" for i in range(4))
    shop.write(tests__test_order__py=first + others)
    ran = shop.mutate("--json", "--jobs", "1", "--seed", "5")
    (product,) = ran.products
    assert ran.code == 3, ran.err
    assert ran.verdicts["index dropped"] == "survived"
    assert not [m for m in product["mutants"] if "test_order" in m["by"]]
    assert any("fail without a fault in another order" in note for note in product["notes"])
