"""Loads the suite's own plugins: what a test needs of this machine, the size it runs at, what it logs."""

pytest_plugins = ["tests.plugins.needs", "tests.plugins.size", "tests.plugins.logs"]
