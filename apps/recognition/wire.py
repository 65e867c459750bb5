"""The binary message frame.v1: version, flags, header length, JSON header, JPEG."""

import json
import struct
from dataclasses import dataclass
from typing import Any

from .errors import FrameRefused

SUBPROTOCOL = "frame.v1"
MOST_BYTES = 256 * 1024
MOST_HEADER_BYTES = 2048
_PREFIX = struct.Struct(">BBH")
_MOST_INTEGER = 2**53
_MOST_NONCE = 64
SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What the camera page says about a frame.

    `seq` rises within a socket, `captured_ms` is the page's clock in milliseconds since 1970, `track` counts the
    people who stepped up in front of this camera since the page was opened. `nonce` is the challenge that the frame
    answers, empty where none was asked. `segment` is the turn of the head that the page saw, of a ring of eight,
    clockwise from up; None where it saw none.
    """

    seq: int
    captured_ms: int
    track: int
    nonce: str = ""
    segment: int | None = None


def parse_message(message: bytes) -> tuple[FrameHeader, bytes]:
    """Split a message into its header and the JPEG, whose content nobody has looked at yet.

    Raises FrameRefused with code empty_frame, frame_too_large or malformed_header.
    """
    if not message:
        raise FrameRefused("empty_frame", "An empty message arrived instead of a picture.")
    if len(message) > MOST_BYTES:
        raise FrameRefused("frame_too_large", f"A frame may have {MOST_BYTES // 1024} KiB; this one is larger.")
    if len(message) < _PREFIX.size:
        raise FrameRefused("malformed_header", "The message is too short to hold a header.")
    version, _, length = _PREFIX.unpack_from(message)
    end = _PREFIX.size + length
    if version != 1 or length > MOST_HEADER_BYTES or end > len(message):
        raise FrameRefused("malformed_header", "The message is not of the form frame.v1.")
    return _header(message[_PREFIX.size : end]), message[end:]


def pack_message(header: FrameHeader, jpeg: bytes) -> bytes:
    """The message a camera sends; the command line plays clips with it."""
    fields = {"seq": header.seq, "ts": header.captured_ms, "track": header.track}
    if header.segment is not None:
        fields["segment"] = header.segment
    text = json.dumps(fields | ({"nonce": header.nonce} if header.nonce else {})).encode()
    return _PREFIX.pack(1, 0, len(text)) + text + jpeg


def _header(text: bytes) -> FrameHeader:
    try:
        fields = json.loads(text)
        counts = (_whole(fields["seq"]), _whole(fields["ts"]), _whole(fields.get("track", 0)))
        return FrameHeader(*counts, nonce=str(fields.get("nonce", ""))[:_MOST_NONCE], segment=_segment(fields))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FrameRefused("malformed_header", "The header must be JSON with seq, ts and track.") from error


def _segment(fields: dict[str, Any]) -> int | None:
    if (told := fields.get("segment")) is None:
        return None
    if (segment := _whole(told)) >= SEGMENTS:
        raise ValueError(told)
    return segment


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MOST_INTEGER:
        raise ValueError(value)
    return int(value)
