"""Photos in a folder or a ZIP: whose they are, what is left out, and what is refused before it is unpacked."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path
from tempfile import NamedTemporaryFile
from zipfile import ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.enrollment import photo_files
from apps.enrollment.errors import PhotosRefused
from apps.enrollment.photo_files import LIMITS, Limits, kind_of, number_meant, numbers_in, photos_in

JPEG = b"\xff\xd8\xff jpeg"
KNOWN = {"1001", "1002", "A_7"}


def packed(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "photos.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refused(source: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(PhotosRefused) as error, photos_in(source, limits):
        pass
    return error.value.code


class TestNames:
    @pytest.mark.parametrize(
        ("name", "number", "code"),
        [
            *(("1001.jpg", "1001", ""), ("1001_2.jpg", "1001", ""), ("1001 (3).jpeg", "1001", "")),
            *(("1001/passport.jpg", "1001", ""), ("all/1001.jpg", "1001", ""), ("A_7.jpg", "A_7", "")),
            *(("1001/1001-1.jpg", "1001", ""), ("1001/1002.jpg", "", "two_numbers"), ("9.jpg", "", "unmatched")),
        ],
    )
    def test_a_name_means_a_number_or_says_why_not(self, name: str, number: str, code: str) -> None:
        assert number_meant(name, KNOWN.__contains__) == (number, code)

    @given(st.text(min_size=1, max_size=40))
    def test_any_name_has_a_reading(self, name: str) -> None:
        assert len(numbers_in(name)[1]) in (1, 2)

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            *(("1001.JPG", ""), (".DS_Store", "hidden"), ("__MACOSX/._1.jpg", "hidden"), ("a/.b/c.jpg", "hidden")),
            *(("in.zip", "nested"), ("list.csv", "not_a_photo"), ("1001", "not_a_photo")),
        ],
    )
    def test_what_is_no_photo_is_told(self, name: str, kind: str) -> None:
        assert kind_of(name) == kind


class TestArchive:
    def test_its_photos_are_read_one_at_a_time(self, tmp_path: Path) -> None:
        source = packed(tmp_path, {"1001/a.jpg": JPEG, "1002.jpg": JPEG + b"2", "x/": b""})
        with photos_in(source) as found:
            assert [(one.name, one.read()) for one in found.photos] == [("1001/a.jpg", JPEG), ("1002.jpg", JPEG + b"2")]

    def test_what_is_left_out_is_named(self, tmp_path: Path) -> None:
        source = packed(tmp_path, {"1.jpg": JPEG, "in.zip": b"PK", "__MACOSX/1.jpg": b"", "big.jpg": bytes(500)})
        with photos_in(source, Limits(photo=400)) as found:
            assert found.left_out == {"in.zip": "nested", "__MACOSX/1.jpg": "hidden", "big.jpg": "too_large"}

    def test_a_bomb_is_refused_unread(self, tmp_path: Path) -> None:
        assert refused(packed(tmp_path, {"1001.jpg": bytes(20 * 2**20)})) == "bomb"

    def test_the_sum_of_all_files_has_a_limit(self, tmp_path: Path) -> None:
        source = packed(tmp_path, {f"{number}.jpg": bytes(60_000) for number in range(10)})
        assert refused(source, Limits(unpacked=500_000)) == "too_much"

    def test_their_number_has_a_limit_before_the_list_is_read(self, tmp_path: Path) -> None:
        source = packed(tmp_path, {f"{number}.jpg": b"" for number in range(20)})
        assert refused(source, Limits(entries=19)) == "too_many_entries"
        assert refused(source, Limits(directory=500)) == "too_many_entries"

    @pytest.mark.parametrize(
        "name", ["../1001.jpg", "/etc/1001.jpg", "a/../../1001.jpg", "C:/1001.jpg", "..\\1001.jpg"]
    )
    def test_a_name_that_leads_outside_is_refused(self, tmp_path: Path, name: str) -> None:
        assert refused(packed(tmp_path, {name: JPEG})) == "leads_outside"

    def test_a_link_is_refused(self, tmp_path: Path) -> None:
        link = ZipInfo("1001.jpg")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(link, "/etc/passwd")
        assert refused(tmp_path / "a.zip") == "symlink"

    @pytest.mark.parametrize(("at", "value", "code"), [(8, 1, "encrypted"), (10, 14, "unknown_packing")])
    def test_what_nobody_can_read_is_refused(self, tmp_path: Path, at: int, value: int, code: str) -> None:
        source = packed(tmp_path, {"1001.jpg": JPEG})
        content = bytearray(source.read_bytes())
        content[content.rfind(b"PK\x01\x02") + at] = value
        source.write_bytes(content)
        assert refused(source) == code

    @pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + bytes(100)])
    def test_what_is_no_zip_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.zip").write_bytes(content)
        assert refused(tmp_path / "a.zip") == "not_a_zip"

    def test_a_file_that_is_larger_than_it_says_is_never_read_whole(self, tmp_path: Path) -> None:
        """The declared size is lied down to 100 bytes: the reader stops there, and its sum is wrong."""
        source = lying(packed(tmp_path, {"1001.jpg": bytes(range(256)) * 300}), size=100)
        with photos_in(source) as found, pytest.raises(PhotosRefused, match="unpacked"):
            found.photos[0].read()

    def test_a_bomb_that_lies_about_its_size_is_never_unpacked(self, tmp_path: Path) -> None:
        source = lying(packed(tmp_path, {"1001.jpg": bytes(64 * 2**20)}), size=60_000)
        tracemalloc.start()
        with photos_in(source) as found, pytest.raises(PhotosRefused, match="unpacked"):
            found.photos[0].read()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * 2**20

    def test_a_larger_list_of_files_behind_the_small_one_is_not_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(photo_files, "ZipFile", lambda *_: pytest.fail("the list was read"))
        source = packed(tmp_path, {f"{number}.jpg": b"" for number in range(20)})
        source.write_bytes(with_larger_end(source.read_bytes(), says=1))
        assert refused(source, Limits(entries=19)) == "too_many_entries"

    def test_of_two_files_of_one_name_the_second_is_left_out(self, tmp_path: Path) -> None:
        source = tmp_path / "a.zip"
        with zipfile.ZipFile(source, "w") as archive, pytest.warns(UserWarning):
            for content in (JPEG, JPEG + b"2"):
                archive.writestr("1001.jpg", content)
        with photos_in(source) as found:
            assert ([one.read() for one in found.photos], found.left_out) == ([JPEG], {"1001.jpg": "doubled"})

    @given(st.binary(max_size=60), st.integers(0, 400))
    def test_damage_is_a_coded_refusal(self, damage: bytes, at: int) -> None:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("1001.jpg", JPEG * 20)
        content = whole.getvalue()
        assert survived(content[:at] + damage + content[at + len(damage) :])


def lying(source: Path, size: int) -> Path:
    """The same archive of one file, of which its list says another size."""
    content = bytearray(source.read_bytes())
    at = content.rfind(b"PK\x01\x02") + 24
    content[at : at + 4] = size.to_bytes(4, "little")
    source.write_bytes(content)
    return source


def with_larger_end(content: bytes, says: int) -> bytes:
    """The same archive with its true end in the form for large ones, before an end that names fewer files."""
    at = content.rfind(b"PK\x05\x06")
    entries, size, start = struct.unpack_from("<HLL", content, at + 10)
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, says, says, 46, start, 0)
    return content[:at] + large + locator + end


def survived(content: bytes) -> bool:
    """Opened and read, or refused with a code; anything else is an error of ours."""
    with NamedTemporaryFile(suffix=".zip") as file:
        file.write(content)
        file.flush()
        try:
            with photos_in(Path(file.name)) as found:
                return all(isinstance(photo.read(), bytes) for photo in found.photos)
        except PhotosRefused as error:
            return bool(error.code)


class TestFolder:
    def test_it_is_walked_in_the_order_of_names(self, tmp_path: Path) -> None:
        for name in ("b/2.jpg", "a.jpg", "b/1.jpeg"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(JPEG)
        with photos_in(tmp_path) as found:
            assert [photo.name for photo in found.photos] == ["a.jpg", "b/1.jpeg", "b/2.jpg"]

    def test_links_are_left_out_and_not_entered(self, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "1.jpg").write_bytes(JPEG)
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "1001").symlink_to(tmp_path / "outside")
        (tmp_path / "photos" / "1002.jpg").symlink_to(tmp_path / "outside" / "1.jpg")
        with photos_in(tmp_path / "photos") as found:
            assert (found.photos, set(found.left_out.values())) == ([], {"symlink"})

    def test_a_pipe_is_no_photo(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "1001.jpg")
        with photos_in(tmp_path) as found:
            assert (found.photos, found.left_out) == ([], {"1001.jpg": "not_a_photo"})

    def test_too_many_files_are_refused(self, tmp_path: Path) -> None:
        for number in range(3):
            (tmp_path / f"{number}.jpg").write_bytes(JPEG)
        assert refused(tmp_path, Limits(entries=2)) == "too_many_entries"

    def test_what_is_not_there_is_said(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "absent.zip") == "source_missing"
