import logging
import os
import threading
from collections.abc import Iterator

import pytest

from apps.recognition import native_noise
from apps.recognition.decoding import decode_frame
from apps.recognition.errors import FrameRefused
from apps.recognition.native_noise import counted_not_printed

from .pictures import jpeg, noise
from .poison import mutations


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(native_noise, "_scratch", None)
    yield


def libjpeg_says(line: str = "Corrupt JPEG data: premature end of data segment") -> None:
    os.write(2, f"{line}\n".encode())


def test_what_libjpeg_prints_is_told_once_as_a_number(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), counted_not_printed():
        for _ in range(50):
            libjpeg_says()
    assert capfd.readouterr().err == ""
    assert [record.getMessage() for record in caplog.records] == ["damaged pictures: libjpeg complained 50 times"]


def test_a_minute_has_one_line_however_many_pictures_are_damaged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            with counted_not_printed():
                libjpeg_says()
    assert len(caplog.records) == 1


def test_any_other_line_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with counted_not_printed():
        os.write(2, b"free(): invalid pointer\n")
        libjpeg_says()
        os.write(2, b"half a line")
    assert capfd.readouterr().err == "free(): invalid pointer\nhalf a line"


def test_stderr_is_itself_again_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), counted_not_printed():
        raise ZeroDivisionError
    os.write(2, b"Corrupt JPEG data: after\n")
    assert capfd.readouterr().err == "Corrupt JPEG data: after\n"


def test_threads_that_decode_at_once_lose_no_line(capfd: pytest.CaptureFixture[str]) -> None:
    def work(name: int) -> None:
        for nth in range(100):
            with counted_not_printed():
                libjpeg_says()
                os.write(2, f"{name}.{nth}\n".encode())

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [line for line in capfd.readouterr().err.splitlines() if "." in line and " " not in line]
    assert sorted(told) == sorted(f"{name}.{nth}" for name in range(4) for nth in range(100))


def test_damaged_pictures_leave_stderr_empty(capfd: pytest.CaptureFixture[str]) -> None:
    decoded = 0
    for damaged in mutations(jpeg(noise(480, 640)), 60):
        try:
            decode_frame(damaged)
            decoded += 1
        except FrameRefused:
            pass
    assert decoded > 20
    assert capfd.readouterr().err == ""
