"""Two programs, one of each organization, with every scope."""

import pytest

from tests.integrations.programs import ALL, Program, program_of
from tests.personas import World


@pytest.fixture
def program(world: World) -> Program:
    return program_of(world.northwind, world.alice, ALL)


@pytest.fixture
def south_program(world: World) -> Program:
    return program_of(world.southwind, world.charlie, ALL)
