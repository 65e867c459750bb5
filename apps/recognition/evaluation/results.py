"""One evaluation as an object for JSON: figures with counts and intervals, never a path or a picture."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ..calibration.finding import for_engine
from ..engine import Engine
from ..registry import entry_named
from .attacks import Attacked
from .curves import Histogram
from .measuring import Identified, OfClips, Wish

METHOD = "Clopper-Pearson, 95 %"


@dataclass(frozen=True, eq=False)
class Results:
    """What was asked, and what came of it; either part may be missing."""

    engine: Engine
    made_on: date
    wish: Wish
    identified: Identified | None = None
    attacked: Attacked | None = None

    def as_json(self) -> dict[str, Any]:
        lines = for_engine(entry_named(self.engine.name))
        kept: dict[str, Any] = {
            "engine": self.engine.name,
            "space": self.engine.space,
            "calibrated": self.engine.calibrated,
            "calibration": lines.provenance,
            "made_on": self.made_on.isoformat(),
            "interval_method": METHOD,
        }
        if self.identified:
            kept |= _identified(self.identified, self.wish)
        if self.attacked:
            kept["attacks"] = self.attacked.as_json()
        return kept


def _identified(found: Identified, wish: Wish) -> dict[str, Any]:
    return {
        **_headline(found, wish),
        "frames": wish.frames,
        "targets": list(wish.targets),
        "references": list(wish.references),
        "rows": [row.as_json() for row in found.rows],
        "every_choice": [one.as_json() for one in found.choices],
        "engines_own_lines": [row.as_json() for row in found.promised],
        "parts": [part.as_json() for part in found.parts],
        "by_turn": [one.as_json() for one in found.by_turn],
        "splits": [one.as_json() for one in found.carried],
        "guided_clips": _clips(found.of_clips) if found.of_clips else None,
        "not_usable": found.lost,
        "enrolled_and_probed": found.twice,
        "det": {kind: [asdict(point) for point in points] for kind, points in found.curves.det.items()},
        "roc": [asdict(point) for point in found.curves.roc],
        "histogram": _histogram(found.curves.histogram),
        "line_by_gallery": {f"{target:g}": lines for target, lines in found.curves.lines.items()},
    }


def _headline(found: Identified, wish: Wish) -> dict[str, Any]:
    """The first target's figures of one photo, as they were before there was a table."""
    row = found.headline(wish.headline).figures
    shares = {"rank1": row.rank1, "found": row.found, "fnir": row.fnir, "fpir": row.fpir}
    known = {name: share for name, share in shares.items() if name != "fpir" or share.of}
    return {
        "people": len(found.gallery.names),
        "probes": row.found.of,
        "strangers": row.fpir.of,
        **{name: known[name].value if name in known else None for name in shares},
        "misidentified": row.misidentified.hits,
        "threshold": row.threshold,
        "intervals": {name: list(known[name].interval) if name in known else None for name in shares},
        "not_enrolled": len(found.gallery.not_enrolled),
        "ms_per_frame": round(found.milliseconds, 2),
    }


def _clips(found: OfClips) -> dict[str, object]:
    return {
        "people": len(found.turns),
        "turns": {person: list(turns) for person, turns in found.turns.items()},
        "rows": [row.as_json() for row in found.rows],
        "median_genuine": found.genuine,
    }


def _histogram(found: Histogram | None) -> dict[str, list[float]] | None:
    return {name: getattr(found, name).tolist() for name in ("edges", "genuine", "impostor")} if found else None
