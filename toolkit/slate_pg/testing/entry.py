"""What pytest finds by itself. It imports pytest alone, and loads the plugin only where its extra is installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

PLUGIN = "slate_pg.testing.plugin"
SHORT_NAMES = "slate_pg.testing.short_names"
NEEDS = ("pytest_postgresql", "psycopg")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the plugin where what it needs is installed: `pip install 'slate-pg[test]'`. Without that, nothing."""
    if all(find_spec(name) for name in NEEDS) and not pluginmanager.is_blocked(PLUGIN):
        pluginmanager.import_plugin(PLUGIN)


def pytest_configure(config: pytest.Config) -> None:
    """Give the fixtures their short names, `db` and `db_committed`, where no other plugin has one of them."""
    plugins = config.pluginmanager
    if not plugins.has_plugin(PLUGIN):
        return
    taken = any(hasattr(plugin, name) for plugin in plugins.get_plugins() for name in ("db", "db_committed"))
    if not taken:
        plugins.import_plugin(SHORT_NAMES)
