"""Measures: documented queries at a size, seeds, writes, the runner beside others, and how all of it grows.

Ratios are taken side by side in one run on one server; single times belong to one machine and one moment.
"""
