"""One evaluation from photos to figures: look, enroll, compare, judge at each target."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..engine import Engine
from ..errors import RecognitionError
from ..photos import PhotoSet
from ..shapes import Target
from . import breakdown, clips, curves
from .approaches import mean_of_scores, one_photo
from .carried import Carried, carry, compared
from .customary import CustomarySight
from .figures import Answer
from .looking import Looker
from .references import Gallery, Probes, Say, Way, against, enroll, look_at_probes
from .tables import Choices, Row, Ways
from .turned import FRONTAL, ByTurn, most_frontal

CUSTOMARY = "customary"


class NothingToMeasure(RecognitionError):
    """A set of photos with nobody to look for."""


@dataclass(frozen=True)
class Wish:
    """What is asked of an evaluation."""

    targets: tuple[float, ...] = (0.01, 0.003)
    frames: int = 3
    references: tuple[Way, ...] = ("plain", "guided")
    splits: int = 0
    customary: bool = False
    guided_clips: Path | None = None

    @property
    def headline(self) -> Way:
        """How people are enrolled in the figures that are told first."""
        return "guided" if "guided" in self.references else "plain"


@dataclass(frozen=True, eq=False)
class Curves:
    """What the plots are drawn from."""

    det: dict[str, list[curves.DetPoint]]
    roc: list[curves.RocPoint]
    histogram: curves.Histogram | None
    lines: dict[float, list[tuple[int, float]]]
    """By target: the line read off the strangers, by size of the gallery."""


@dataclass(frozen=True, eq=False)
class OfClips:
    """People who also have a guided clip: their photos judged with each kind of reference, everybody else enrolled."""

    turns: dict[str, tuple[int, ...]]
    rows: list[Row]
    genuine: dict[str, float]
    """The median similarity to their own reference."""


@dataclass(eq=False)
class Identified:
    """All that was measured of one engine on one set of photos."""

    gallery: Gallery
    probes: Probes
    rows: list[Row]
    promised: list[Row]
    """At the lines the engine uses by itself, for each target that an administrator may choose."""
    choices: list[Choices]
    parts: list[breakdown.Part]
    curves: Curves
    lost: dict[str, int]
    twice: int
    """Photos that are both enrolled and looked for: what they show is flattering."""
    milliseconds: float
    carried: list[Carried] = field(default_factory=list)
    of_clips: OfClips | None = None
    by_turn: list[ByTurn] = field(default_factory=list)
    """One frontal photo as the reference, and all of them: empty where nobody has several."""

    def headline(self, references: str) -> Row:
        """One photo, at the first target."""
        return next(row for row in self.rows if row.references == references and row.approach == "one photo")


def identify(engine: Engine, looker: Looker, photos: PhotoSet, wish: Wish, say: Say) -> Identified:
    """Measure. Raises NothingToMeasure, TooFewToSplit or what the customary way needs."""
    if not photos.gallery:
        raise NothingToMeasure(
            "nobody_to_enroll",
            "There is nobody to enroll: give photos of people to be found, in a subfolder for each person.",
        )
    galleries = {way: enroll(looker, photos.gallery, way, say) for way in wish.references}
    probes = look_at_probes(looker, photos, say)
    ways = {way: Ways(way, against(looker, probes, gallery), wish.frames) for way, gallery in galleries.items()}
    judged = _Judge(engine, wish, any(not one for one in probes.known))
    rows = [row for way in ways.values() for row in judged.rows(way, looker.sight.lowest)]
    choices = [one for way in ways.values() for one in judged.choices(way, looker.sight.lowest)]
    if wish.customary:
        rows += _customary(photos, wish, judged, say)
    first, gallery = ways[wish.headline], galleries[wish.headline]
    found = Identified(
        gallery=gallery,
        probes=probes,
        rows=rows,
        promised=_promised(engine, first),
        choices=choices,
        parts=breakdown.parts(probes, first.single(), judged.line(first, judged.targets[0], looker.sight.lowest)),
        curves=_curves(first, judged.targets, looker.sight.lowest),
        lost=dict(looker.lost),
        twice=_twice(photos),
        milliseconds=float(np.median(looker.seconds)) * 1000 if looker.seconds else 0.0,
    )
    if wish.splits:
        say("splitting")
        between = compared(looker, photos, probes, gallery)
        found.carried = carry(between, list(wish.targets), wish.splits)
    found.by_turn = _by_turn(looker, photos, probes, first, judged, say)
    if wish.guided_clips:
        found.of_clips = _of_clips(engine, looker, wish.guided_clips, galleries, probes, judged)
    return found


@dataclass(frozen=True)
class _Judge:
    """Where the line lies: read off the strangers for each target, or the engine's own where there are none."""

    engine: Engine
    wish: Wish
    has_strangers: bool

    @property
    def targets(self) -> tuple[float | None, ...]:
        return self.wish.targets if self.has_strangers else (None,)

    def line(self, ways: Ways, target: float | None, lowest: float) -> float:
        if target is None:
            return self.engine.thresholds(len(ways.scored.people)).confirm
        return ways.line(target, lowest)

    def rows(self, ways: Ways, lowest: float, margin: float | None = None) -> list[Row]:
        if margin is None:
            margin = self.engine.thresholds(len(ways.scored.people)).margin
        return [row for target in self.targets for row in ways.rows(self.line(ways, target, lowest), target, margin)]

    def choices(self, ways: Ways, lowest: float) -> list[Choices]:
        found = (ways.choices(self.line(ways, target, lowest), target, lowest) for target in self.targets)
        return [one for judged in found for one in judged]


def _promised(engine: Engine, ways: Ways) -> list[Row]:
    """Judge by the lines that the engine uses by itself, for each target an administrator may choose."""
    found = []
    for target in Target:
        lines = engine.thresholds(len(ways.scored.people), target)
        found += ways.rows(lines.confirm, target.share, lines.margin)
    return found


def _by_turn(looker: Looker, photos: PhotoSet, probes: Probes, every: Ways, judged: _Judge, say: Say) -> list[ByTurn]:
    """Judge by one frontal photo of each person, then by all of theirs, each at its own line for the first target."""
    if all(len(own) < 2 for own in photos.gallery.values()):
        return []
    gallery = enroll(looker, most_frontal(looker, photos.gallery), judged.wish.headline, say)
    frontal = Ways(FRONTAL, against(looker, probes, gallery), judged.wish.frames)
    lines = [(ways, judged.line(ways, judged.targets[0], looker.sight.lowest)) for ways in (frontal, every)]
    return [ByTurn(ways.references, breakdown.by_turn(probes, ways.single(), line)) for ways, line in lines]


def _customary(photos: PhotoSet, wish: Wish, judged: _Judge, say: Say) -> list[Row]:
    if not judged.has_strangers:
        raise NothingToMeasure("no_strangers", "--customary reads its line off strangers: give --strangers.")
    looker = Looker(CustomarySight())
    gallery = enroll(looker, photos.gallery, "plain", say)
    ways = Ways(CUSTOMARY, against(looker, look_at_probes(looker, photos, say), gallery), wish.frames)
    return judged.rows(ways, looker.sight.lowest, margin=0.0)


def _curves(ways: Ways, targets: tuple[float | None, ...], lowest: float) -> Curves:
    single = ways.single()
    kinds = {"one photo": _det(single, ways.left_out(one_photo, 1))}
    if several := ways.several(mean_of_scores):
        kinds[f"mean of {ways.frames}"] = _det(several, ways.left_out(mean_of_scores, ways.frames))
    return Curves(
        det={kind: points for kind, points in kinds.items() if points},
        roc=curves.roc(ways.scored),
        histogram=curves.histogram(ways.scored),
        lines={target: curves.line_by_gallery(ways.scored, target, lowest) for target in targets if target is not None},
    )


def _det(found: list[Answer], left_out: list[Answer]) -> list[curves.DetPoint]:
    strangers = [one for one in found if one.person is None]
    return curves.det([one for one in found if one.person is not None], [*strangers, *left_out])


def _of_clips(
    engine: Engine, looker: Looker, folder: Path, galleries: dict[Way, Gallery], probes: Probes, judged: _Judge
) -> OfClips:
    """Judge the photos of people with a clip, once for each kind of reference."""
    base = galleries.get("guided") or next(iter(galleries.values()))
    made = _guided(engine, looker, folder, base)
    people = {one.person for one in made}
    mine = probes.only(people)
    rows, genuine = [], {}
    kinds: list[tuple[str, Gallery]] = [*galleries.items(), ("clip", clips.with_clips(base, made))]
    for way, gallery in kinds:
        ways = Ways(way, against(looker, mine, gallery), judged.wish.frames)
        rows += judged.rows(ways, looker.sight.lowest)
        own = curves.comparisons(ways.scored)[0]
        genuine[way] = float(np.median(own)) if len(own) else 0.0
    return OfClips({one.person: one.turns for one in made}, rows, genuine)


def _guided(engine: Engine, looker: Looker, folder: Path, gallery: Gallery) -> list[clips.Guided]:
    found = clips.clips_below(folder)
    made = [clips.guided(looker, engine, name, found[name]) for name in gallery.names if name in found]
    usable = [one for one in made if one is not None]
    if not usable:
        raise NothingToMeasure(
            "no_guided_clip",
            f"{folder} has no usable clip named after somebody who is enrolled: name them PERSON.mjpeg.",
        )
    return usable


def _twice(photos: PhotoSet) -> int:
    enrolled = {photo.path.resolve() for own in photos.gallery.values() for photo in own}
    return sum(photo.path.resolve() in enrolled for photo in (*photos.probes, *photos.strangers))
