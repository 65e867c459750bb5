"""An evaluation in lines for the terminal: tables first, then what they do not show."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..liveness.figures import LIVE
from .attacks import Attacked, Species
from .breakdown import Part
from .intervals import FEW, Interval, Share
from .measuring import Identified, OfClips
from .results import METHOD, Results
from .tables import Choices, Row
from .turned import ByTurn

GUIDED = (
    "References: plain = every enrollment photo looked at once, as a punch does; guided = the engine's enrollment "
    "recipe, several warps of each photo."
)
NOBODY = (
    "Nobody could be enrolled: none of their photos is usable. These figures say nothing; give JPEG photos of one face."
)
CLIP = "clip = the sharpest frame of each turn of the head in a guided enrollment clip"
FEW_PEOPLE = f"Fewer than {FEW}: too few to compare with others"


def percent(share: float) -> str:
    """94.6 %."""
    return f"{100 * share:.1f} %"


def counted(share: Share) -> str:
    """473 of 500, 94.6 % (92.2 to 96.4); a dash where nothing was counted."""
    return f"{share.hits} of {share.of}, {percent(share.value)} ({between(share.interval)})" if share.of else "-"


def between(interval: Interval) -> str:
    """92.2 to 96.4, in percent."""
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"


def lines(results: Results) -> Iterator[str]:
    """Say all of it."""
    yield f"{results.engine.name}, {results.engine.space}"
    if results.identified:
        yield from _identified(results, results.identified)
    if results.attacked:
        yield from _attacked(results.attacked)
    yield f"Intervals: {METHOD}."


def _identified(results: Results, found: Identified) -> Iterator[str]:
    first = found.headline(results.wish.headline).figures
    if not found.gallery.names:
        yield NOBODY
    yield f"{len(found.gallery.names)} people enrolled, {first.found.of} photos of them, {first.fpir.of} of strangers"
    yield from _columns(decisions(found.rows))
    yield GUIDED
    yield from _choices(found.choices)
    yield "At the lines the engine uses by itself" + ("" if results.engine.calibrated else " (not calibrated)") + ":"
    yield from _columns(decisions(found.promised))
    if found.parts:
        yield "One photo, by part:"
        yield from _columns(by_part(found.parts))
    yield from _turned(found)
    yield from _splits(found)
    if found.of_clips:
        yield from _clips(found.of_clips)
    yield from _caveats(results, found)


@dataclass(frozen=True)
class Table:
    """A head, and rows of as many cells."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def decisions(rows: Sequence[Row]) -> Table:
    """Tabulate ways of deciding."""
    head = ("references", "approach", "target", "line", "found", "misidentified", "strangers named", "left out, named")
    body = [
        (
            row.references,
            row.approach,
            as_target(row.target),
            f"{row.figures.threshold:.4f}",
            counted(row.figures.found),
            f"{row.figures.misidentified.hits}",
            counted(row.figures.fpir),
            counted(row.left_out),
        )
        for row in rows
    ]
    return Table(head, body)


def _choices(choices: Sequence[Choices]) -> Iterator[str]:
    if choices:
        yield "Every choice of photos, mean of the scores (interval: people resampled):"
        yield from _columns(by_choice(choices))


def by_choice(choices: Sequence[Choices]) -> Table:
    """Tabulate every choice of several photos."""
    head = ("references", "target", "at", "line", "people", "found", "misidentified", "left out, named")
    return Table(
        head,
        [
            (
                one.references,
                as_target(one.target),
                f"{one.line} line",
                f"{one.threshold:.4f}",
                str(one.people),
                f"{one.found.hits} of {one.found.of}, {percent(one.found.value)} ({between(one.interval)})",
                str(one.misidentified.hits),
                f"{one.left_out.hits} of {one.left_out.of}, {percent(one.left_out.value)}",
            )
            for one in choices
        ],
    )


def by_part(parts: Sequence[Part]) -> Table:
    """Tabulate a breakdown, with a warning where a part is too small."""
    head = ("part", "", "people", "found", "misidentified", "strangers named", "")
    body = [
        (
            part.of,
            part.name,
            str(part.people),
            counted(part.figures.found),
            str(part.figures.misidentified.hits),
            counted(part.figures.fpir),
            f"{FEW_PEOPLE}." if part.people < FEW else "",
        )
        for part in parts
    ]
    return Table(head, body)


TURNED = "frontal = the one enrollment photo of each person that looks straightest; beside it all of their photos"


def by_turn(found: Sequence[ByTurn]) -> Table:
    """Tabulate one frontal reference beside several, by how far the head to be found is turned."""
    head = ("turned", "references", "people", "found", "misidentified")
    body = [
        (part.name, one.references, str(part.people), counted(part.figures.found), str(part.figures.misidentified.hits))
        for place in range(len(found[0].parts) if found else 0)
        for one in found
        for part in one.parts[place : place + 1]
    ]
    return Table(head, body)


def _turned(found: Identified) -> Iterator[str]:
    if any(one.parts for one in found.by_turn):
        yield f"One photo of a head that is turned, by what people are enrolled with ({TURNED}):"
        yield from _columns(by_turn(found.by_turn))


def _splits(found: Identified) -> Iterator[str]:
    for one in found.carried:
        pooled = one.over.pooled
        held = "the interval's lower end is" + ("" if one.over.held else " not") + " within the target"
        yield (
            f"Calibrated on half the people and carried to the others, {len(one.over.splits)} splits, target "
            f"{as_target(one.target)}: FPIR {counted(Share(pooled.named, pooled.strangers))}, {held}; found "
            f"{percent(pooled.found / max(1, pooled.probes))} of {pooled.probes}, misidentified {pooled.misidentified}"
        )


def _clips(found: OfClips) -> Iterator[str]:
    turns = ", ".join(f"{person}: {len(own)} turns" for person, own in found.turns.items())
    yield f"References out of guided clips, n = {len(found.turns)} people ({turns}); {CLIP}. So few show no difference."
    yield from _columns(decisions(found.rows))
    similar = ", ".join(f"{way} {similarity:.3f}" for way, similarity in found.genuine.items())
    yield f"Median similarity to their own reference: {similar}"


def too_few(targets: Sequence[float], strangers: int) -> str:
    """Say which targets so few strangers cannot show; nothing where they suffice, or where there are none."""
    beyond = [target for target in targets if target and strangers * target < 1]
    if not strangers or not beyond:
        return ""
    needed = math.ceil(1 / min(beyond) - 1e-6)
    shares = " or ".join(as_target(one) for one in beyond)
    return (
        f"{strangers} photos of strangers are too few to show {shares}: the line lies just above the most similar "
        f"of them, and of others more will be named, as “left out, named” shows. Give {needed} or more."
    )


def _caveats(results: Results, found: Identified) -> Iterator[str]:
    strangers = found.headline(results.wish.headline).figures.fpir.of
    if few := too_few(results.wish.targets, strangers):
        yield few
    elif strangers:
        yield (
            f"The threshold was read off the {strangers} strangers, and the same strangers are counted: mildly "
            "optimistic. --splits judges by people it was not read off."
        )
    else:
        yield (
            "Without strangers the engine's own line is used, and how many strangers it would name is unknown: give "
            "some with --strangers."
        )
    if found.lost:
        why = ", ".join(f"{count} {code}" for code, count in sorted(found.lost.items()))
        yield (
            f"Photos that gave no vector count as not found: {why}. An approach of several photos passes them over, "
            "as a camera does, and is lost where too few are left."
        )
    if found.gallery.not_enrolled:
        yield f"Not enrolled, no usable photo: {', '.join(found.gallery.not_enrolled)}"
    if found.twice:
        yield f"Both enrolled and looked for: {found.twice} photos. What they show is flattering."
    if found.milliseconds:
        yield f"Median CPU time of a photo: {found.milliseconds:.1f} ms"


def by_species(species: Sequence[Species]) -> Table:
    """Tabulate presentations: the live ones, then each attack."""
    head = ("species", "measure", "n", "wrong", "not sure", "no answer", "")
    return Table(head, [_species(one) for one in species])


def _attacked(found: Attacked) -> Iterator[str]:
    yield from _columns(by_species(found.species))
    if found.worst:
        worst = found.worst
        yield (
            f"Worst species: {worst.species}, APCER {percent(worst.share)} "
            f"({between((worst.low, worst.high))}), n = {worst.of}"
        )
    if found.synthetic:
        yield "A synthetic attack set is among them: what is caught of it is no APCER of the product."


def _species(one: Species) -> tuple[str, ...]:
    rate = one.rate
    wrong = f"{rate.hits} of {rate.of}, {percent(rate.share)} ({between((rate.low, rate.high))})" if rate.of else "-"
    why = ", ".join(f"{count} {code}" for code, count in one.refusals.items())
    return (
        one.name,
        "BPCER" if one.name == LIVE else "APCER",
        f"{one.tries}",
        wrong,
        str(one.unsure),
        f"{one.unanswered}" + (f" ({why})" if why else ""),
        "synthetic attack set" if one.synthetic else "",
    )


def as_target(target: float | None) -> str:
    return "own" if target is None else f"{100 * target:g} %"


def _columns(table: Table) -> Iterator[str]:
    rows = [table.head, *table.rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
