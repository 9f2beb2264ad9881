"""Generated examples are the same in every run and have no deadline: a slow machine is no failure."""

from hypothesis import settings

settings.register_profile("slate", deadline=None, derandomize=True)
settings.load_profile("slate")
