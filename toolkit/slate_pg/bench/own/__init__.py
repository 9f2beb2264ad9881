"""Measures Slate itself, beside other tools. Not part of the wheel."""
