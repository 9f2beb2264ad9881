"""Repeatable files: functions, views, policies, triggers, grants, comments, applied when their text changes."""
