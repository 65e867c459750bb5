"""A frame's way in: as base64 in a JSON POST that waits for its answer, or as bytes on a websocket that stays open.

Both ends run in this process over real sockets, with the same engine and gallery behind them, so the processor time
counts client and server. Database, Celery and the browser are in neither.
"""

import base64
import http.client
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast
from uuid import UUID

from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from apps.recognition import frames
from apps.recognition.wire import FrameHeader, pack_message, parse_message
from bench.timing import Job

Answer = Callable[[bytes], object]
_ORGANIZATION = UUID(int=1)
_QUIET = logging.Logger("bench", logging.ERROR)


@contextmanager
def posted(answer: Answer, jpeg: bytes) -> Iterator[Job]:
    """Yield a job that posts one frame as a data address inside JSON and reads the JSON answer."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = answer(base64.b64decode(sent["image"].split(",", 1)[1]))
            body = json.dumps({"found": repr(found)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    with _running(server.serve_forever, server.shutdown):
        line = http.client.HTTPConnection("127.0.0.1", server.server_port)

        def post() -> object:
            image = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
            line.request("POST", "/frame", json.dumps({"image": image}), {"Content-Type": "application/json"})
            return json.loads(line.getresponse().read())

        yield post
        line.close()
    server.server_close()


@contextmanager
def streamed(answer: Answer, jpeg: bytes) -> Iterator[Job]:
    """Yield a job that sends one frame.v1 message, held and taken as a worker takes it, and reads the JSON answer."""

    def room(socket: ServerConnection) -> None:
        for message in socket:
            _, frame = parse_message(cast(bytes, message))
            held = frames.take(_ORGANIZATION, frames.hold(_ORGANIZATION, frame))
            socket.send(json.dumps({"found": repr(answer(held or b""))}))

    header = FrameHeader(seq=1, captured_ms=0, track=1)
    with ExitStack() as opened:
        server = opened.enter_context(serve(room, "127.0.0.1", 0, compression=None, logger=_QUIET))
        opened.enter_context(_running(server.serve_forever, server.shutdown))
        address = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        socket = opened.enter_context(connect(address, compression=None, logger=_QUIET))

        def send() -> object:
            socket.send(pack_message(header, jpeg))
            return json.loads(socket.recv())

        yield send


@contextmanager
def _running(serving: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=serving, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(timeout=10)
