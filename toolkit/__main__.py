"""Lets `python -m toolkit` be `slate`."""

from toolkit.cli import run

run()
