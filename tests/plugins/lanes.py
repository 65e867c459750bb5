"""Which of two twins runs where both databases are there: at the small size each behaviour is asked for once.

What a test of these files shows does not depend on the database; `make verify` asks it of both. What is about keys,
locks, constraints, the fence or who may see what is not among them, and runs on both at every size.
"""

import re

import pytest

# Rows, lists, forms and pages: on PostgreSQL.
ON_POSTGRESQL = re.compile(r"tests/(people|integrations|site)/|tests/\w+/test_\w*(pages|list|board|words|sheet)\w*\.py")
# Frames, sockets and pictures: embedded, where nothing waits for another process.
EMBEDDED = re.compile(
    r"tests/enrollment/test_(capture|capture_socket|guided_capture|photo_\w+|engine_change|impostors|nightly)\.py|"
    r"tests/attendance/test_(liveness_walk|turns|turn_\w+|several_faces|last_frames|corrupt_models|spoof_socket|"
    r"kiosk_limits|live_notices|identify_frame)\.py"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the twins that one lane is enough for."""
    for item in items:
        if any(map(item.get_closest_marker, ("embedded", "services", "twice"))):
            continue  # it says itself where it runs
        if ON_POSTGRESQL.search(item.nodeid):
            item.add_marker(pytest.mark.on_postgresql)
        elif EMBEDDED.search(item.nodeid):
            item.add_marker(pytest.mark.twice)
