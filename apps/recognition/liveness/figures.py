"""What a test with attacks shows and what it does not, after ISO/IEC 30107-3. Pure, and cheap to import.

Counted per species, never pooled: the worst one is the headline. Every share comes with its n and with how large it may
truly be, for a handful of tries bounds nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, fsum, lgamma, log, log1p
from typing import Final

from django.utils.translation import gettext as _

CONFIDENCE: Final = 0.95
LIVE: Final = "live"
"""The species that is no attack."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was seen of one species."""

    species: str
    """`live`, or the name of an attack: print, phone, monitor, cut_out, mask."""
    tries: int
    accepted: int
    """Believed to be a face that is there."""
    unanswered: int = 0
    """Tries with no decision at all (ISO: non-response); they are not among `accepted`."""

    @property
    def answered(self) -> int:
        return self.tries - self.unanswered


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its Clopper-Pearson interval."""

    species: str
    hits: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else 0.0


def apcer(count: Count) -> Rate:
    """Attacks of this species that were accepted; without an answer is not accepted."""
    return _rate(count.species, count.accepted, count.tries)


def bpcer(count: Count) -> Rate:
    """Live faces that were not accepted; without an answer counts against the camera."""
    return _rate(count.species, count.tries - count.accepted, count.tries)


def headline(counts: Iterable[Count]) -> Rate | None:
    """Return the APCER of the worst species, the least tried where several are equal; None without an attack."""
    attacks = [apcer(count) for count in counts if count.species != LIVE and count.tries]
    return max(attacks, key=lambda rate: (rate.share, rate.high), default=None)


def face_alone_allowed(counts: Iterable[Count], limit: float) -> bool:
    """Whether a camera may book on a face alone: of no attack more than the share `limit` was accepted.

    Of the tries that were answered: giving others up must not thin out those that were believed. Where nothing was held
    up nothing is known, and nothing is forbidden.
    """
    attacks = [(count.accepted, count.answered) for count in counts if count.species != LIVE]
    return all(accepted / answered <= limit for accepted, answered in attacks if answered > 0)


def in_words(hits: int, of: int, what: str) -> str:
    """Say what so many tries show: "0 of 50 printed photos accepted: the true rate can be up to 5.8 %"."""
    if of == 0:
        return _("No %(what)s tried yet: nothing is known.") % {"what": what}
    words = {"hits": hits, "of": of, "what": what}
    if hits == 0:
        most = _percent(at_most(0, of))
        return _("0 of %(of)d %(what)s accepted: the true rate can be up to %(most)s.") % {**words, "most": most}
    low, high = interval(hits, of)
    between = {**words, "low": _percent(low), "high": _percent(high)}
    return _("%(hits)d of %(of)d %(what)s accepted: the true rate lies between %(low)s and %(high)s.") % between


def at_most(hits: int, of: int, confidence: float = CONFIDENCE) -> float:
    """Return how large a share may truly be, one-sided: the limit that so few hits would fall under this seldom."""
    if hits >= of:
        return 1.0
    return _where(lambda share: _chance(hits, of, share), 1 - confidence)


def interval(hits: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Clopper and Pearson's two-sided interval; (0, 1) where nothing was counted.

    As evaluation.intervals has it from scipy, which the web process does not load; the tests hold one to the other.
    """
    if of == 0:
        return 0.0, 1.0
    half = (1 + confidence) / 2
    return 1 - at_most(of - hits, of, half), at_most(hits, of, half)


def _rate(species: str, hits: int, of: int) -> Rate:
    return Rate(species, hits, of, *interval(hits, of))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _chance(hits: int, of: int, share: float) -> float:
    """Return the chance of at most so many hits; in logarithms, so that large counts do not overflow."""
    if share in (0.0, 1.0):
        return float(share == 0.0 or hits >= of)
    hit, miss = log(share), log1p(-share)
    return fsum(
        exp(lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * hit + (of - k) * miss) for k in range(hits + 1)
    )


def _where(falling: Callable[[float], float], level: float) -> float:
    """Return where a falling function of a share passes a level, by halving."""
    low, high = 0.0, 1.0
    for _step in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > level else (low, middle)
    return (low + high) / 2
