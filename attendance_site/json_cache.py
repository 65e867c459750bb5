"""How cached values are written to Redis: as JSON, never as pickles, which run what they hold when they are read."""

import json
from typing import Any


class JsonSerializer:
    """Integers as they are, so that Redis can count them; everything else as JSON."""

    def dumps(self, value: Any) -> bytes | int:
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)
