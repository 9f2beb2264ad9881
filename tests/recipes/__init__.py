"""The recipes of `slate new`."""
