"""Loads the suite's own plugins: what a test needs of this machine, its size, what it logs, the static files."""

pytest_plugins = ["tests.plugins.needs", "tests.plugins.size", "tests.plugins.logs", "tests.plugins.static"]
