"""Moves one installation of a fleet to another server: `slate fleet move`."""
