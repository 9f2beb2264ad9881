"""How growth is judged: by the exponent of what grows, once what does not is taken out, as far as noise allows."""

import pytest

from slate_pg.bench.own import growth
from slate_pg.bench.own.growth import Growth, fit, slope, time_check, time_moves, write_migrations
from slate_pg.config import find_project
from slate_pg.migrations.order import in_order

SIZES = (10, 100, 1000)


def points(function):
    return tuple((n, function(n)) for n in SIZES)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5, 2.0])
def test_the_exponent_of_a_power_is_found(power):
    found = Growth("x", points(lambda n: 0.001 * n**power))
    assert found.exponent == pytest.approx(power)
    assert found.net_exponent == pytest.approx(power, abs=0.02)


def test_what_does_not_grow_is_taken_out_before_the_exponent_is_judged():
    found = Growth("x", points(lambda n: 0.3 + 0.00001 * n**2))
    assert found.exponent < 1
    assert found.net_exponent == pytest.approx(2, abs=0.02)
    assert fit(found.points).constant == pytest.approx(0.3, rel=0.05)
    assert found.missed == ("x: grows with n to the power of 2.00, budget 1.1",)


def test_linear_growth_after_a_start_keeps_the_budget():
    found = Growth("x", points(lambda n: 0.2 + 0.002 * n))
    assert found.net_exponent == pytest.approx(1, abs=0.02)
    assert found.marginal_ms == pytest.approx((2, 2))
    assert not found.missed


def test_a_single_quadratic_step_in_four_sizes_is_found():
    grown = tuple((n, 0.1 + 0.0001 * n**2) for n in (10, 40, 160, 640))
    assert Growth("x", grown).net_exponent == pytest.approx(2, abs=0.02)


def test_growth_below_the_noise_of_the_start_is_none():
    found = Growth("x", ((10, 0.150), (100, 0.1501), (1000, 0.155)))
    assert found.net_exponent == 0
    assert not found.missed


def test_noise_excuses_what_it_explains_and_nothing_more():
    uneven = ((10, 0.150), (100, 0.151), (1000, 0.19))
    assert Growth("x", uneven).missed
    assert not Growth("x", uneven, noise=(0.002, 0.002, 0.002)).missed
    assert Growth("x", points(lambda n: 0.3 + 0.0001 * n**2), noise=(0.01, 0.01, 0.01)).missed


def test_times_that_shrink_have_no_exponent():
    assert Growth("x", ((10, 0.2), (100, 0.19), (1000, 0.18))).net_exponent == 0


def test_what_is_slow_at_a_size_is_missed_however_it_grows():
    linear = points(lambda n: 0.001 * n)
    assert Growth("status", linear).missed == ()
    (found,) = Growth("status", linear, most=(1000, 0.5)).missed
    assert found == "status, 1,000: 1.00 s, budget 0.5 s"
    assert Growth("status", linear, most=(1000, 1.5)).missed == ()


def test_a_slope_is_that_of_the_line():
    assert slope([1, 2, 3], [2, 4, 6]) == pytest.approx(2)


def test_a_row_has_a_cell_for_each_column():
    row = Growth("x", points(lambda n: 0.001 * n**2)).row
    assert len(row) == len(growth.HEAD)
    assert row[1] == "10: 0.10, 100: 10.00, 1,000: 1000.00"
    assert row[-1] == "NO"


def test_generated_migrations_are_a_project_in_order(tmp_path):
    project = find_project(str(write_migrations(tmp_path, 3)))
    from slate_pg.migrations.files import read_folder

    (product,) = project.products
    ordered = in_order(read_folder(product.migrations))
    assert [m.depends for m in ordered] == [(), ("grown_00001",), ("grown_00002",)]
    assert all(m.rollback for m in ordered)


def test_apply_and_status_are_timed_at_every_size():
    apply, status = time_moves((1, 2, 3), 1)
    assert [n for n, _ in apply.points] == [n for n, _ in status.points] == [1, 2, 3]
    assert all(seconds > 0 for _, seconds in (*apply.points, *status.points))


def test_check_is_timed_as_a_process_and_stage_by_stage():
    found = {g.what.strip(): g for g in time_check((1, 2, 3), lint=False)}
    stages = ["slate check, tables", "floor: the scripts alone", "replay", "up, down, up", "catalog rules", "snapshot"]
    assert list(found) == stages
    whole, part = found["slate check, tables"], found["up, down, up"]
    assert all(a > b for (_, a), (_, b) in zip(whole.points, part.points, strict=True))


def test_a_command_that_fails_is_not_timed(tmp_path):
    with pytest.raises(RuntimeError, match="slate status failed"):
        growth._slate("status", write_migrations(tmp_path, 1), "postgresql://nobody@/none?host=/nowhere")
