import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from apps.recognition import pulling, store
from apps.recognition.errors import WeightsMissing
from apps.recognition.pulling import PullFailed, pull, take_from
from apps.recognition.weights import WEIGHTS, Weight

CONTENT = b"weights " * 50_000


@dataclass
class Publisher:
    """A server that publishes files, as its paths say: /good/…, /gone/…, /cut/…, /other/…"""

    address: str = ""
    asked: list[str] = field(default_factory=list)

    def weight(self, *kinds: str, sha256: str | None = None) -> Weight:
        return Weight("numbers.onnx", "MIT", sha256, addresses=tuple(f"{self.address}/{kind}/n" for kind in kinds))


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    published = Publisher()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind = self.path.split("/")[1]
            published.asked.append(kind)
            self.send_response(404 if kind == "gone" else 200)
            body = CONTENT[::-1] if kind == "other" else CONTENT
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if kind == "cut" else body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    published.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield published
    server.shutdown()
    server.server_close()


def quiet(line: str) -> None:
    """Says nothing."""


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_fetched_and_recorded(empty_store: Path, publisher: Publisher) -> None:
    status = pull(publisher.weight("good"), quiet)
    assert (status.state, status.path.read_bytes()) == ("ok", CONTENT)


def test_the_mirror_is_tried_when_the_first_address_fails(empty_store: Path, publisher: Publisher) -> None:
    assert pull(publisher.weight("gone", "good"), quiet).state == "ok"
    assert publisher.asked == ["gone", "good"]


def test_a_published_sum_is_held_to(empty_store: Path, publisher: Publisher) -> None:
    listed = publisher.weight("other", sha256=hashlib.sha256(CONTENT).hexdigest())
    with pytest.raises(PullFailed):
        pull(listed, quiet)
    assert store.status_of(listed).state == "missing"


def test_a_mirror_with_the_right_file_makes_up_for_a_wrong_one(empty_store: Path, publisher: Publisher) -> None:
    listed = publisher.weight("other", "good", sha256=hashlib.sha256(CONTENT).hexdigest())
    assert pull(listed, quiet).state == "ok"


def test_the_first_pull_binds_the_second(empty_store: Path, publisher: Publisher) -> None:
    pull(publisher.weight("good"), quiet)
    with pytest.raises(PullFailed):
        pull(publisher.weight("other"), quiet)
    assert store.status_of(publisher.weight("good")).state == "ok"


def test_a_download_cut_short_is_not_kept_nor_recorded(empty_store: Path, publisher: Publisher) -> None:
    with pytest.raises(PullFailed):
        pull(publisher.weight("cut"), quiet)
    assert files_in(empty_store) == []


def test_a_failure_says_how_to_go_on_without_a_network(empty_store: Path, publisher: Publisher) -> None:
    with pytest.raises(PullFailed, match="--from DIR"):
        pull(publisher.weight("gone"), quiet)


def test_nobody_listening_is_noticed_at_once(empty_store: Path) -> None:
    deaf = Weight("numbers.onnx", "MIT", None, addresses=("http://127.0.0.1:9/n",))
    started = time.perf_counter()
    with pytest.raises(PullFailed):
        pull(deaf, quiet)
    assert time.perf_counter() - started < 2


def test_the_connect_time_out_is_short() -> None:
    assert pulling.CONNECT_SECONDS <= 10


def test_progress_is_said_in_tenths(empty_store: Path, publisher: Publisher) -> None:
    said: list[str] = []
    pull(publisher.weight("good"), said.append)
    assert said[0].startswith("numbers.onnx: fetching") and said[-1] == "numbers.onnx: 100 % of 0.4 MB"


def test_a_file_is_found_in_a_subfolder(empty_store: Path, tmp_path: Path) -> None:
    (tmp_path / "from" / "deeper").mkdir(parents=True)
    (tmp_path / "from" / "deeper" / "n.onnx").write_bytes(CONTENT)
    weight = Weight("n.onnx", "MIT", hashlib.sha256(CONTENT).hexdigest())
    assert take_from(weight, tmp_path / "from", allow_unlisted=False).state == "ok"


def test_a_folder_without_the_file_is_said(empty_store: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        take_from(Weight("n.onnx", "MIT", None), tmp_path, allow_unlisted=True)


def test_every_download_is_encrypted_and_from_a_known_place() -> None:
    places = ("https://github.com/serengil/", "https://huggingface.co/serengil/", "https://github.com/opencv/")
    assert all(address.startswith(places) for weight in WEIGHTS.values() for address in weight.addresses)
