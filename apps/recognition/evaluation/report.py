"""The report: one HTML file that needs nothing else, without photos, names of people or paths."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.template.loader import render_to_string

from ..calibration.finding import for_engine
from ..registry import entry_named
from ..shapes import Target
from . import plots
from .attacks import Attacked
from .intervals import FEW, Share
from .measuring import Identified
from .results import METHOD, Results
from .tables import Row
from .wording import (
    CLIP,
    GUIDED,
    NOBODY,
    TURNED,
    Table,
    as_target,
    between,
    by_choice,
    by_part,
    by_species,
    by_turn,
    decisions,
    percent,
    too_few,
)

GALLERIES = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class Said:
    """One figure in plain words."""

    figure: str
    sentence: str
    tone: str = "plain"


def html(results: Results) -> str:
    """Render the report."""
    found, attacked = results.identified, results.attacked
    context = {
        "results": results,
        "entry": entry_named(results.engine.name),
        "lines": for_engine(entry_named(results.engine.name)),
        "method": METHOD,
        "said": [*(_people(results, found) if found else ()), *(_attacks(attacked) if attacked else ())],
        "few": FEW,
    }
    if found:
        context |= _identified(results, found)
    if attacked:
        context |= {"species": by_species(attacked.species), "synthetic": attacked.synthetic}
    return render_to_string("recognition/report.html", context)


def _identified(results: Results, found: Identified) -> dict[str, object]:
    clips = found.of_clips
    return {
        "found": found,
        "first": found.headline(results.wish.headline),
        "guided": GUIDED,
        "nobody": NOBODY if not found.gallery.names else "",
        "too_few": too_few(results.wish.targets, found.headline(results.wish.headline).figures.fpir.of),
        "clip": CLIP,
        "decisions": decisions(found.rows),
        "choices": by_choice(found.choices),
        "promised": decisions(found.promised),
        "parts": by_part(found.parts),
        "turned": by_turn(found.by_turn),
        "turned_said": TURNED,
        "splits": _splits(found),
        "clips": decisions(clips.rows) if clips else None,
        "clip_people": len(clips.turns) if clips else 0,
        "plots": list(_plots(results, found)),
    }


def _people(results: Results, found: Identified) -> Iterator[Said]:
    best = _first_target(results, found)
    for row in best:
        share = row.figures.found
        if share.of:
            yield Said(
                percent(share.value),
                f"of visits by enrolled people are recognised, decided by {_decided(row)} "
                f"(n = {share.of}; true value probably {between(share.interval)} %).",
            )
    wrong = sum(row.figures.misidentified.hits for row in best)
    tried = sum(row.figures.misidentified.of for row in best)
    yield Said(str(wrong), f"times somebody was taken for a colleague, in {tried} decisions.", "bad" if wrong else "ok")
    named = best[0].figures.fpir
    if named.of:
        yield Said(
            f"{named.hits} of {named.of}",
            f"strangers would be taken for somebody on one photo (true value probably {between(named.interval)} %).",
        )


def _attacks(found: Attacked) -> Iterator[Said]:
    live = next((one for one in found.species if one.rate.species == "live"), None)
    if worst := found.worst:
        yield Said(
            f"{worst.hits} of {worst.of}",
            f"attempts with the worst kind of picture ({worst.species}) were taken for a live face "
            f"(true value up to {percent(worst.high)}).",
            "bad" if worst.hits else "ok" if worst.of >= FEW else "plain",
        )
    if live and live.rate.of:
        rate = live.rate
        yield Said(
            f"{rate.hits} of {rate.of}",
            f"live faces were not believed at once (true value up to {percent(rate.high)}): those people use the PIN.",
        )


def _first_target(results: Results, found: Identified) -> list[Row]:
    """One photo, and the mean of several, at the first target."""
    way, target = results.wish.headline, found.rows[0].target
    mine = [row for row in found.rows if row.references == way and row.target == target]
    return [row for row in mine if "agree" not in row.approach]


def _decided(row: Row) -> str:
    return "one photo" if row.approach == "one photo" else f"the {row.approach} photos"


def _splits(found: Identified) -> Table:
    head = ("target", "strangers named", "held", "found", "misidentified")
    rows = []
    for one in found.carried:
        pooled = one.over.pooled
        named = Share(pooled.named, pooled.strangers)
        of = f"{pooled.found} of {pooled.probes}, {percent(pooled.found / max(1, pooled.probes))}"
        shown = f"{named.hits} of {named.of}, {percent(named.value)} ({between(named.interval)})"
        rows.append((as_target(one.target), shown, "yes" if one.over.held else "no", of, str(pooled.misidentified)))
    return Table(head, rows)


def _plots(results: Results, found: Identified) -> Iterator[tuple[str, plots.Picture, str]]:
    """Title, picture and what it shows."""
    curves, engine = found.curves, results.engine
    if curves.det:
        title = "Errors against each other"
        told = "Further left fewer strangers are taken for somebody, and more people are not found: the line decides."
        yield title, plots.det(curves.det, title), told
    if curves.histogram:
        title = "How similar faces are"
        line = found.headline(results.wish.headline).figures.threshold
        told = "Right of the line a face is named. Where both hills overlap, no line is right for everybody."
        yield title, plots.histogram(curves.histogram, line, title), told
    if curves.roc:
        title = "Comparisons of two photos"
        told = "One photo against one person, as in a verification; a search asks this of everybody enrolled."
        yield title, plots.roc(curves.roc, title), told
    title = "The line rises with the gallery"
    by_itself = {target: [(size, engine.thresholds(size, target).confirm) for size in GALLERIES] for target in Target}
    told = "The more people, the more alike two of them are. Lines: what the engine uses. Dots: measured here."
    yield title, plots.lines(curves.lines, by_itself, title), told
