"""Where boxes and arrows stand: nothing over another, what is pointed to left, cycles opened, few crossings."""

import itertools
import random
import time

import pytest

from slate_pg.docs.layout import crossings, lay_out

BOX = (120.0, 40.0)


def boxes(*keys):
    return dict.fromkeys(keys, BOX)


def overlapping(layout, sizes):
    def box(key):
        x, y = layout.places[key]
        return x, y, x + layout.widths[key], y + sizes[key][1]

    return [
        (one, other)
        for one, other in itertools.combinations(sizes, 2)
        for (a, b, c, d), (e, f, g, h) in [(box(one), box(other))]
        if a < g and e < c and b < h and f < d
    ]


def test_what_is_pointed_to_stands_left_of_what_points():
    layout = lay_out(boxes("c", "b", "a"), [("c", "b"), ("b", "a"), ("c", "a")])
    x = {key: place[0] for key, place in layout.places.items()}
    assert x["a"] < x["b"] < x["c"]
    assert len(layout.ways["c", "a"]) == 2  # it passes the column of b
    assert layout.ways["b", "a"] == []


def test_every_cycle_is_opened_and_every_arrow_kept():
    keys = [f"t{n}" for n in range(8)]
    arrows = [*itertools.permutations(keys, 2), *((key, key) for key in keys)]
    layout = lay_out(boxes(*keys), arrows)
    assert set(layout.ways) == {(a, b) for a, b in arrows if a != b}
    assert overlapping(layout, boxes(*keys)) == []


@pytest.mark.parametrize("seed", range(20))
def test_no_box_lies_over_another_and_none_outside_the_picture(seed):
    chance = random.Random(seed)  # noqa: S311 - places, no secrets
    sizes = {f"t{n}": (chance.uniform(60, 240), chance.uniform(20, 200)) for n in range(chance.randint(1, 60))}
    arrows = [(chance.choice([*sizes]), chance.choice([*sizes])) for _ in range(chance.randint(0, 90))]
    layout = lay_out(sizes, arrows)
    assert set(layout.places) == set(sizes)
    assert overlapping(layout, sizes) == []
    assert all(x >= 0 and x + layout.widths[key] <= layout.width + 0.1 for key, (x, _) in layout.places.items())
    assert all(y >= 0 and y + sizes[key][1] <= layout.height + 0.2 for key, (_, y) in layout.places.items())


def test_arrows_that_need_not_cross_do_not():
    arrows = [(f"b{n}", f"a{(n + 3) % 6}") for n in range(6)] + [(f"b{n}", f"a{(n + 4) % 6}") for n in range(5)]
    keys = [f"{letter}{n}" for letter in "ab" for n in range(6)]
    assert crossings(lay_out(boxes(*keys), arrows), arrows) == 0


def test_the_same_tables_give_the_same_picture():
    arrows = [("b", "a"), ("c", "a"), ("d", "c")]
    assert lay_out(boxes(*"abcd"), arrows) == lay_out(boxes(*"abcd"), arrows)


def test_an_arrow_to_nowhere_is_an_error_and_no_box_at_all_is_none():
    with pytest.raises(KeyError):
        lay_out(boxes("a"), [("a", "b")])
    assert lay_out({}, []).places == {}


def test_two_thousand_tables_are_laid_out_in_seconds():
    chance = random.Random(1)  # noqa: S311 - places, no secrets
    sizes = {f"t{n}": BOX for n in range(2000)}
    arrows = [(f"t{n}", f"t{int(chance.random() ** 3 * n)}") for n in range(1, 2000) for _ in range(2)]
    started = time.process_time()
    lay_out(sizes, arrows)
    assert time.process_time() - started < 20


def test_a_chain_of_two_thousand_tables_is_laid_out():
    sizes = {f"t{n}": BOX for n in range(2000)}
    layout = lay_out(sizes, [(f"t{n + 1}", f"t{n}") for n in range(1999)])
    assert layout.places["t1999"][0] > layout.places["t0"][0]
