"""The world as other connections and threads see it."""

import pytest

from tests.personas import World


@pytest.fixture
def committed(transactional_db: None, world: World) -> World:
    """The world, committed: visible to other connections."""
    return world
