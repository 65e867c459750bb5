import hashlib
import io
import threading
import time
import zipfile
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
AUTHORS = tuple(
    f"https://{place}/"
    for place in (
        *("github.com/serengil", "huggingface.co/serengil", "github.com/opencv", "github.com/deepinsight"),
        "media.githubusercontent.com/media/opencv",
    )
)
SUM = hashlib.sha256(CONTENT).hexdigest()


def packed(content: bytes, name: str = "pack/numbers.onnx") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack/another.onnx", b"another")
        archive.writestr(name, content)
    return out.getvalue()


PACK, OTHER_PACK = packed(CONTENT), packed(CONTENT[::-1])


@dataclass
class Publisher:
    """A server that publishes files, as its paths say: /good/…, /gone/…, /cut/…, /other/…, /packed/….zip"""

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
            body = {"other": CONTENT[::-1], "packed": PACK, "otherpacked": OTHER_PACK}.get(kind, CONTENT)
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


def in_a_pack(publisher: Publisher, *paths: str, size: int = len(CONTENT)) -> Weight:
    addresses = tuple(f"{publisher.address}/{path}" for path in paths)
    return Weight("numbers.onnx", "MIT", SUM, size, addresses)


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


def test_every_download_is_the_authors_or_of_a_listed_sum() -> None:
    assert all(address.startswith(AUTHORS) or _is_copy(weight) for weight, address in downloads())


def _is_copy(weight: Weight) -> bool:
    """A third party's copy is only fetched where the sum of the authors' file is listed."""
    return weight.sha256 is not None


def test_every_first_address_is_the_authors() -> None:
    first = {weight.name: weight.addresses[0] for weight in WEIGHTS.values() if weight.addresses}
    assert all(address.startswith(AUTHORS) for address in first.values())


def test_every_download_is_encrypted() -> None:
    assert all(address.startswith("https://") for _, address in downloads())


def downloads() -> list[tuple[Weight, str]]:
    return [(weight, address) for weight in WEIGHTS.values() for address in weight.addresses]


def test_a_file_is_taken_out_of_a_pack(empty_store: Path, publisher: Publisher) -> None:
    status = pull(in_a_pack(publisher, "packed/p.zip"), quiet)
    assert (status.state, status.path.read_bytes()) == ("ok", CONTENT)
    assert files_in(empty_store) == ["numbers.onnx"]


@pytest.mark.parametrize("path", ["otherpacked/p.zip", "good/p.zip"])
def test_a_pack_without_the_listed_file_is_passed_over(empty_store: Path, publisher: Publisher, path: str) -> None:
    assert pull(in_a_pack(publisher, path, "good/n"), quiet).state == "ok"
    assert publisher.asked == [path.split("/")[0], "good"]


def test_a_file_of_another_size_is_not_unpacked(empty_store: Path, publisher: Publisher) -> None:
    with pytest.raises(PullFailed):
        pull(in_a_pack(publisher, "packed/p.zip", size=7), quiet)
    assert files_in(empty_store) == []
