import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from apps.recognition import store
from apps.recognition.engine import engine_named
from apps.recognition.errors import WeightsCorrupt, WeightsMissing
from apps.recognition.weights import WEIGHTS, Weight

UNPUBLISHED = Weight("numbers.onnx", "MIT", None, addresses=("http://127.0.0.1:9/numbers.onnx",))
PUBLISHED = Weight("numbers.onnx", "MIT", hashlib.sha256(b"the right ones").hexdigest())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "from").mkdir()
    return tmp_path / "from"


def offered(folder: Path, content: bytes) -> Path:
    path = folder / "numbers.onnx"
    path.write_bytes(content)
    return path


def leftovers(models: Path) -> list[str]:
    return [path.name for path in models.rglob("*") if path.is_file() and path.suffix == ".part"]


def test_a_listed_file_is_taken_in(empty_store: Path, folder: Path) -> None:
    assert store.take_in(PUBLISHED, offered(folder, b"the right ones")).state == "ok"


def test_a_file_that_is_not_the_published_one_is_refused(empty_store: Path, folder: Path) -> None:
    with pytest.raises(WeightsCorrupt, match="--allow-unlisted") as caught:
        store.take_in(PUBLISHED, offered(folder, b"others"))
    assert caught.value.code == "weights_unlisted"
    assert store.status_of(PUBLISHED).state == "missing"


def test_a_file_nobody_listed_is_refused(empty_store: Path, folder: Path) -> None:
    with pytest.raises(WeightsCorrupt, match="none was ever recorded"):
        store.take_in(UNPUBLISHED, offered(folder, b"anything"))


def test_an_operator_may_allow_an_unlisted_file(empty_store: Path, folder: Path) -> None:
    assert store.take_in(UNPUBLISHED, offered(folder, b"mine"), allow_unlisted=True).state == "unlisted"


def test_an_allowed_file_may_be_taken_in_again_without_saying_so(empty_store: Path, folder: Path) -> None:
    store.take_in(UNPUBLISHED, offered(folder, b"mine"), allow_unlisted=True)
    assert store.take_in(UNPUBLISHED, offered(folder, b"mine")).state == "unlisted"


def test_allowing_one_file_does_not_allow_the_next(empty_store: Path, folder: Path) -> None:
    store.take_in(UNPUBLISHED, offered(folder, b"mine"), allow_unlisted=True)
    with pytest.raises(WeightsCorrupt):
        store.take_in(UNPUBLISHED, offered(folder, b"somebody's"))


def test_an_allowed_file_does_not_bind_the_download(empty_store: Path, folder: Path) -> None:
    store.take_in(UNPUBLISHED, offered(folder, b"mine"), allow_unlisted=True)
    assert store.expected_sum(UNPUBLISHED) is None


def test_the_first_download_is_recorded(empty_store: Path, folder: Path) -> None:
    status = store.take_in_download(UNPUBLISHED, offered(folder, b"first"))
    assert (status.state, store.expected_sum(UNPUBLISHED)) == ("ok", hashlib.sha256(b"first").hexdigest())


def test_a_later_download_is_held_to_the_first(empty_store: Path, folder: Path) -> None:
    store.take_in_download(UNPUBLISHED, offered(folder, b"first"))
    with pytest.raises(WeightsCorrupt):
        store.take_in_download(UNPUBLISHED, offered(folder, b"second"))


def test_a_missing_file_names_the_command_that_gets_it(empty_store: Path) -> None:
    with pytest.raises(WeightsMissing, match="manage.py facemodels pull"):
        store.verified(UNPUBLISHED)


def test_a_damaged_file_names_the_command_that_repairs_it(empty_store: Path, folder: Path) -> None:
    path = store.take_in_download(UNPUBLISHED, offered(folder, b"first")).path
    path.write_bytes(b"f1rst")
    with pytest.raises(WeightsCorrupt, match="manage.py facemodels pull"):
        store.verified(UNPUBLISHED)


@pytest.mark.parametrize("text", ["{", "[]", '{"yunet.onnx": "abc"}'])
def test_a_damaged_ledger_says_what_to_do(empty_store: Path, text: str) -> None:
    empty_store.mkdir(parents=True)
    (empty_store / "recorded.json").write_text(text)
    with pytest.raises(WeightsCorrupt, match=r"recorded\.json .* facemodels pull"):
        store.recorded_sums()


def test_a_file_that_appeared_by_itself_is_not_trusted(empty_store: Path) -> None:
    path = store.locate(UNPUBLISHED)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"from somewhere")
    assert store.status_of(UNPUBLISHED).state == "corrupt"


def test_nothing_half_written_is_left(empty_store: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full_disk)
    with pytest.raises(OSError, match="No space"):
        store.take_in(PUBLISHED, offered(folder, b"the right ones"))
    assert leftovers(empty_store) == [] and store.status_of(PUBLISHED).state == "missing"


def test_files_may_be_read_by_other_accounts(empty_store: Path, folder: Path) -> None:
    path = store.take_in(PUBLISHED, offered(folder, b"the right ones")).path
    assert path.stat().st_mode & 0o777 == 0o644


def test_downloads_lie_where_deepface_looks(empty_store: Path) -> None:
    assert store.locate(WEIGHTS["retinaface.h5"]) == empty_store / ".deepface" / "weights" / "retinaface.h5"


def test_a_packaged_file_is_found_without_importing_its_package(empty_store: Path) -> None:
    assert store.status_of(WEIGHTS["pnet.lz4"]).state == "ok"


def test_an_engine_without_its_files_is_refused_at_loading(empty_store: Path) -> None:
    with pytest.raises(WeightsMissing, match="retinaface.onnx"):
        engine_named("arcface")


def test_the_order_of_files_does_not_change_their_sum() -> None:
    one, two = store.Verified(Path("a"), "1"), store.Verified(Path("b"), "2")
    assert store.combined_sha256([one, two]) == store.combined_sha256([two, one])


def test_sums_recorded_at_once_are_all_kept(empty_store: Path, folder: Path) -> None:
    def take(number: int) -> None:
        path = folder / f"{number}.onnx"
        path.write_bytes(bytes([number]))
        store.take_in(Weight(path.name, "MIT", None), path, allow_unlisted=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(24)))
    assert len(store.recorded_sums()) == 24
