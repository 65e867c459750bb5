"""Loads the suite's own plugins: what a test needs of this machine, and the size it runs at."""

pytest_plugins = ["tests.plugins.needs", "tests.plugins.size"]
