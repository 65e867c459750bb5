"""Plots as SVG text for the report: they take the page's text colour, so they are read on light and dark alike."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ..shapes import Target
from .curves import DetPoint, Histogram, RocPoint

INK: Final = "#010203"
"""Stands for the page's own text colour, which it is replaced by."""
COLOURS: Final = ("#2f7de1", "#d9780f", "#1f9d63", "#b04fc0")
"""Each stands out from white and from near-black (contrast 3 : 1 and more), and differs in lightness too."""
STYLES: Final = ("-", "--", ":", "-.")
STYLE: Final = {
    "svg.fonttype": "none",
    "svg.hashsalt": "evaluate",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "legend.frameon": False,
}
LEAST: Final = 1e-4


class Picture(str):
    """SVG that a template puts into the page as it is: made here, of numbers and our own words alone."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def det(curves: dict[str, list[DetPoint]], title: str) -> Picture:
    """FPIR on a logarithmic axis against FNIR, one line for each way of deciding."""
    with _drawn(title) as (axes, done):
        for at, (kind, points) in enumerate(curves.items()):
            shown = _from_least([(one.fpir, one.fnir) for one in points])
            axes.step(*shown, STYLES[at % 4], where="post", color=COLOURS[at % 4], label=kind, linewidth=1.8)
        axes.set_xscale("log")
        axes.set_xlim(LEAST, 1)
        axes.set_ylim(0, max(5.0, _upper(curves)))
        axes.set_xlabel("strangers taken for somebody (FPIR)")
        axes.set_ylabel("people not found (FNIR), %")
        _percent_ticks(axes)
        axes.legend(loc="upper right")
    return done()


def roc(points: Sequence[RocPoint], title: str) -> Picture:
    """FMR on a logarithmic axis against the share of true comparisons that match."""
    with _drawn(title) as (axes, done):
        axes.plot(*_from_least([(one.fmr, one.tmr) for one in points]), color=COLOURS[0], linewidth=1.8)
        axes.set_xscale("log")
        axes.set_xlim(LEAST, 1)
        axes.set_xlabel("two people matched (FMR)")
        axes.set_ylabel("same person matched, %")
        _percent_ticks(axes)
    return done()


def histogram(counts: Histogram, line: float, title: str) -> Picture:
    """Similarities of the same person and of two, and where the line lies."""
    with _drawn(title) as (axes, done):
        for kind, part, colour in (
            ("two people", counts.impostor, COLOURS[1]),
            ("same person", counts.genuine, COLOURS[0]),
        ):
            share = 100 * part / max(1, part.sum())
            axes.stairs(share, counts.edges, fill=True, alpha=0.55, color=colour, label=kind)
        axes.axvline(line, color=INK, linestyle="--", linewidth=1.2, label="the line")
        axes.set_xlabel("similarity")
        axes.set_ylabel("comparisons, %")
        axes.legend(loc="upper left")
    return done()


def lines(
    measured: dict[float, list[tuple[int, float]]], by_itself: dict[Target, list[tuple[int, float]]], title: str
) -> Picture:
    """The line by the number of people enrolled: read off the strangers (dots), and the engine's own (lines)."""
    with _drawn(title) as (axes, done):
        for at, (target, points) in enumerate(by_itself.items()):
            axes.plot(*zip(*points, strict=True), STYLES[at], color=COLOURS[at], label=f"engine, {target.value} %")
        for at, (share, dots) in enumerate(measured.items()):
            if dots:
                axes.plot(
                    *zip(*dots, strict=True), "o", color=COLOURS[at % 4], label=f"here, {100 * share:g} %", markersize=5
                )
        axes.set_xscale("log")
        axes.set_xlabel("people enrolled")
        axes.set_ylabel("line (similarity)")
        axes.legend(loc="best", fontsize=8.5)
    return done()


@contextmanager
def _drawn(title: str) -> Iterator[tuple[Axes, Callable[[], Picture]]]:
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.3), layout="constrained")
        axes = figure.add_subplot()
        axes.grid(visible=True)
        drawn: list[Picture] = []
        yield axes, lambda: drawn[0]
        drawn.append(_svg(figure, title))


def _svg(figure: Figure, title: str) -> Picture:
    """Text without a machine's or a moment's traces, scaled by the page."""
    out = io.StringIO()
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    canvas = FigureCanvasSVG(figure)
    canvas.print_svg(out, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    drawn = out.getvalue()
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    drawn = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", drawn, count=1)
    drawn = re.sub(r'(<svg[^>]*?) height="[^"]*"', rf'\1 role="img" aria-label="{title}"', drawn, count=1)
    return Picture(drawn.replace(INK, "currentColor"))


def _percent_ticks(axes: Axes) -> None:
    ticks = [1e-4, 1e-3, 1e-2, 1e-1, 1]
    axes.set_xticks(ticks, [f"{100 * tick:g} %" for tick in ticks])


def _from_least(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Begin where the axis does, with the last point left of it: of few strangers none is not one in a million."""
    below, above = [one for one in points if one[0] < LEAST], [one for one in points if one[0] >= LEAST]
    left = [(LEAST, below[0][1])] if below else []
    shown = sorted([*left, *above])
    return [across for across, _ in shown], [100 * up for _, up in shown]


def _upper(curves: dict[str, list[DetPoint]]) -> float:
    """Show errors of searches that anybody would use: FPIR of a thousandth and more."""
    worst = [one.fnir for points in curves.values() for one in points if one.fpir >= 1e-3]
    return float(np.ceil(100 * max(worst, default=0.05) / 5) * 5)
