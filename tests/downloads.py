"""What a download holds, streamed or not."""

import warnings
from typing import Any


def body(answer: Any) -> bytes:
    """All of it; the test client is synchronous and has to wait for a stream that is not."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume")
        return b"".join(answer)
