"""What a line means, in plain words for who administers an organization: never a cosine."""

from django.utils.translation import gettext as _

from ..shapes import Thresholds
from ..thresholds import Calibration
from .measured import Measured

ENOUGH = 300
"""With fewer people measured, a share of a few in a thousand is a guess."""
BEYOND = 10
"""An estimate so many times better than its bound lies beyond what was measured: only the bound is told."""


def plain(calibration: Measured | Calibration, people: int, lines: Thresholds) -> str:
    """Say how many strangers would be taken for one of so many enrolled people at these lines, with the bound."""
    if isinstance(calibration, Calibration):
        return _(
            "Nobody has measured this engine with the weights on this machine: how many strangers it would take for "
            "somebody is unknown, so it asks everybody to confirm their name. The operator of this machine runs "
            "manage.py calibrate."
        )
    rate = calibration.rate(lines.confirm, people)
    figures = {"people": people, "expected": one_in(rate.expected), "bound": one_in(rate.bound)}
    if rate.expected * BEYOND < rate.bound:
        sentence = _("With %(people)d people enrolled, at most %(bound)s strangers would be taken for somebody.")
    else:
        sentence = _(
            "With %(people)d people enrolled, about %(expected)s strangers would be taken for somebody "
            "(95 %% bound: %(bound)s)."
        )
    sentence %= figures
    return sentence if calibration.compared >= ENOUGH else f"{sentence} {few(calibration.compared)}"


def few(compared: int) -> str:
    """Say that a figure rests on too few people."""
    return _("Measured on only %(count)d people, not enough to rely on: %(enough)d are needed.") % {
        "count": compared,
        "enough": ENOUGH,
    }


def one_in(share: float) -> str:
    """Say a share as "1 in 330", two digits exact."""
    return _("1 in %(of)s") % {"of": f"{_two_digits(1 / max(share, 1e-9)):,}"}


def _two_digits(number: float) -> int:
    """Rounded down: a bound is not made better by rounding."""
    places = max(0, len(str(int(number))) - 2)
    step: int = 10**places
    return int(number * (1 + 1e-9)) // step * step
