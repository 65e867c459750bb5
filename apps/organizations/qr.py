"""A QR code as one SVG path, so that a template can draw it without any picture library."""

from dataclasses import dataclass
from itertools import groupby

from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode

QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks


@dataclass(frozen=True, slots=True)
class QrPicture:
    """`path` draws the dark modules in a box of `side` × `side` units, the quiet zone included."""

    side: int
    path: str


def picture_of(text: str) -> QrPicture:
    """The QR code of a text; it can still be read with a quarter of it worn away."""
    code = QRCode(border=QUIET, error_correction=ERROR_CORRECT_Q)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return QrPicture(len(rows), "".join(_row(number, row) for number, row in enumerate(rows)))


def _row(number: int, row: list[bool]) -> str:
    """One rectangle a run of dark modules."""
    drawn, column = "", 0
    for is_dark, run in groupby(row):
        width = len(list(run))
        drawn += f"M{column} {number}h{width}v1h-{width}z" if is_dark else ""
        column += width
    return drawn
