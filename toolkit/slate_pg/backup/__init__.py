"""Backups of installations and clusters, and their verified restore."""
