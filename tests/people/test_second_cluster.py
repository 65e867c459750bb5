"""An old backup, restored elsewhere, refuses to start until the erased are erased from it too; then nothing is left."""

from pathlib import Path

import pytest

from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from tests.house.leak_scan import leaks
from tests.personas import World

from .canaries import found_in
from .erasing import CANARY, furnish
from .second_cluster import backup, restored
from .test_canary import secrets_of

pytestmark = pytest.mark.django_db(transaction=True)


def processes(scale: str) -> list[list[str]]:
    """What must not start; tests/people/test_restored_backup.py asks each of them within the suite's own process."""
    others = [["serve", "--port", "0", "--no-jobs"], ["frame_worker"]]
    return [["jobs", "--once"], *(others if scale == "full" else [])]


@pytest.mark.timeout(900)
def test_a_restored_backup_starts_nothing_before_the_replay_and_holds_nothing_after_it(
    world: World, tmp_path: Path, scale: str
) -> None:
    canary = furnish(world)
    file, secrets = backup(tmp_path), secrets_of(world)
    with acting_for(world.northwind):
        erase(organization=world.northwind, person=canary.person, by=world.alice, reason=Reason.ASKED)
    with restored(file, tmp_path / "second") as second:
        assert found_in(second.places(), CANARY, secrets)
        for process in processes(scale):
            refused = second.manage(*process)
            assert (refused.returncode, "erased_people_are_back" in refused.stderr) == (1, True), refused.stderr
        replayed = second.manage("replay_erasures")
        assert replayed.stdout == "1 people were erased again.\n", replayed.stderr
        assert found_in(second.places(), CANARY, secrets) == []
        assert leaks(second.places(), [canary.vector]) == []
        assert second.manage("jobs", "--once").returncode == 0
