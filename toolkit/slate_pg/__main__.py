"""Lets `python -m slate_pg` be `slate`."""

from slate_pg.cli import run

run()
