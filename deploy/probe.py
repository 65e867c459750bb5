"""Asks this container's own web server whether it serves, as the proxy in front of it would."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit


def status(public_url: str, port: int = 8000) -> int:
    """The status of /healthz, asked with the public name and scheme: any other is redirected or refused."""
    public = urlsplit(public_url)
    connection = HTTPConnection("127.0.0.1", port, timeout=3)  # nosemgrep: no-calls-out  (this machine)
    connection.request("GET", "/healthz", headers={"Host": public.netloc, "X-Forwarded-Proto": public.scheme})
    return connection.getresponse().status


if __name__ == "__main__":
    sys.exit(status(os.environ.get("PUBLIC_URL", "http://localhost:8000")) != 200)
