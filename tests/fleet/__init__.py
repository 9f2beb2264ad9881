"""Fleets: many installations on many servers."""
