"""Where frames and half-made decisions wait for seconds: Redis, or this process's memory when embedded.

Nothing here outlives its seconds, and nothing here is ever written to a disk.
"""

import threading
import time
from functools import cache
from typing import Protocol

import redis
from django.conf import settings

from .errors import RecognitionError

MOST_BYTES = 64 * 1024 * 1024

# A hash of members and a list of the order they came in, cut to the newest in the same breath.
_HOLD = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
    redis.call('RPUSH', KEYS[2], ARGV[1])
    while redis.call('LLEN', KEYS[2]) > tonumber(ARGV[3]) do
        redis.call('HDEL', KEYS[1], redis.call('LPOP', KEYS[2]))
    end
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
"""


class StoreUnavailable(RecognitionError):
    """The short store does not answer; the camera is told to try again."""


class ShortStore(Protocol):
    """Values that are gone after `seconds`, or once taken."""

    def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a value for so long; a value already there is replaced."""

    def take(self, key: str) -> bytes | None:
        """The value, which is gone afterwards: of two takers one gets it."""

    def peek(self, key: str) -> bytes | None:
        """The value, which stays."""

    def count(self, key: str, seconds: float) -> int:
        """Add one to the number kept under `key`, at once whoever else does, and return it; `peek` reads it as digits.

        It is forgotten `seconds` after the last one was added.
        """

    def holder(self, key: str, member: bytes) -> bytes | None:
        """Who was remembered as the first to show this member of the set `key`."""

    def hold(self, key: str, member: bytes, holder: bytes, *, most: int, seconds: float) -> None:
        """Remember who shows a member, unless somebody did before.

        A set keeps its `most` newest members and forgets all of them `seconds` after the last one came.
        """


class MemoryStore:
    """For the embedded mode, where one process does everything."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._values: dict[str, tuple[float, bytes]] = {}
        self._sets: dict[str, tuple[float, dict[bytes, bytes]]] = {}
        self._lock = threading.Lock()
        self._most_bytes = most_bytes

    def put(self, key: str, value: bytes, seconds: float) -> None:
        with self._lock:
            self._drop_expired()
            if sum(len(kept) for _, kept in self._values.values()) + len(value) > self._most_bytes:
                raise StoreUnavailable("store_full", "Too many frames are waiting. Try again in a moment.")
            self._values[key] = (time.monotonic() + seconds, value)

    def take(self, key: str) -> bytes | None:
        with self._lock:
            self._drop_expired()
            return self._values.pop(key, (0.0, None))[1]

    def peek(self, key: str) -> bytes | None:
        with self._lock:
            self._drop_expired()
            return self._values.get(key, (0.0, None))[1]

    def count(self, key: str, seconds: float) -> int:
        with self._lock:
            self._drop_expired()
            number = int(self._values.get(key, (0.0, b"0"))[1]) + 1
            self._values[key] = (time.monotonic() + seconds, str(number).encode())
            return number

    def holder(self, key: str, member: bytes) -> bytes | None:
        with self._lock:
            end, members = self._sets.get(key, (0.0, {}))
            return members.get(member) if end > time.monotonic() else None

    def hold(self, key: str, member: bytes, holder: bytes, *, most: int, seconds: float) -> None:
        with self._lock:
            now = time.monotonic()
            for old in [old for old, (end, _) in self._sets.items() if end <= now]:
                del self._sets[old]
            _, members = self._sets.get(key, (0.0, {}))
            members.setdefault(member, holder)
            while len(members) > most:
                del members[next(iter(members))]  # the oldest: a dict keeps the order in which they came
            self._sets[key] = (now + seconds, members)

    def _drop_expired(self) -> None:
        now = time.monotonic()
        for key in [key for key, (end, _) in self._values.items() if end <= now]:
            del self._values[key]


class RedisStore:
    """For the full mode. Explicit time-outs: a frozen Redis would otherwise hold a thread for ever."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            f"{url}/2", socket_timeout=1, socket_connect_timeout=0.5, health_check_interval=30
        )

    def put(self, key: str, value: bytes, seconds: float) -> None:
        try:
            self._redis.set(key, value, px=int(seconds * 1000))
        except redis.RedisError as error:
            raise _unavailable() from error

    def take(self, key: str) -> bytes | None:
        try:
            return self._redis.getdel(key)  # type: ignore[return-value]
        except redis.RedisError as error:
            raise _unavailable() from error

    def peek(self, key: str) -> bytes | None:
        try:
            return self._redis.get(key)  # type: ignore[return-value]
        except redis.RedisError as error:
            raise _unavailable() from error

    def count(self, key: str, seconds: float) -> int:
        try:
            with self._redis.pipeline(transaction=True) as both:
                both.incr(key)
                both.pexpire(key, int(seconds * 1000))
                number, _ = both.execute()
        except redis.RedisError as error:
            raise _unavailable() from error
        return int(number)

    def holder(self, key: str, member: bytes) -> bytes | None:
        try:
            return self._redis.hget(key, member)  # type: ignore[return-value]
        except redis.RedisError as error:
            raise _unavailable() from error

    def hold(self, key: str, member: bytes, holder: bytes, *, most: int, seconds: float) -> None:
        try:
            self._redis.eval(_HOLD, 2, key, f"{key}.order", member, holder, most, int(seconds * 1000))
        except redis.RedisError as error:
            raise _unavailable() from error


def _unavailable() -> StoreUnavailable:
    return StoreUnavailable("store_unavailable", "Recognition is busy. Try again, or use your PIN.")


@cache
def short_store() -> ShortStore:
    """The store of this process."""
    return RedisStore(settings.REDIS_URL) if settings.REDIS_URL else MemoryStore()
