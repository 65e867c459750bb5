"""How often one credential may ask, counted in the cache that all processes share."""

import logging
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from redis import RedisError

log = logging.getLogger(__name__)

MINUTE = 60


def seconds_to_wait(*, organization_id: UUID, credential_id: UUID, now: float) -> int:
    """0, or the seconds until this credential may ask again. Counts in whole minutes, by one atomic step."""
    key = f"api:{organization_id}:{credential_id}:{int(now // MINUTE)}"
    try:
        counted = 1 if cache.add(key, 1, timeout=2 * MINUTE) else cache.incr(key)
    except ValueError:
        return 0  # the entry was evicted between the two steps
    except RedisError as error:
        log.warning("requests are not counted: %s", type(error).__name__)
        return 0  # without Redis the API works on, as pages do
    return MINUTE - int(now % MINUTE) if counted > settings.API_REQUESTS_PER_MINUTE else 0
