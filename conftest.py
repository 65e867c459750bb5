"""Loads the suite's own plugins: needs of this machine, the size, what is logged, what stands, what is static."""

pytest_plugins = [f"tests.plugins.{name}" for name in ("needs", "size", "logs", "standing", "static")]
