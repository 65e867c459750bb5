"""The parts of the bench, one after the other, each printing as soon as it knows."""

import argparse
from pathlib import Path
from typing import Any

from bench import frames as camera
from bench import galleries, model_store, pipeline_rows, report, searching, starting
from bench.limits import Results

LOADED_DIMENSIONS = (512, 128)


def run(chosen: argparse.Namespace, scratch: Path, root: Path) -> Results:
    """Run the chosen parts and return their ratios. Raises PhotosMissing."""
    results: Results = {}
    if "pipeline" in chosen.only or "start" in chosen.only:
        shown = camera.frames(root)
        scratch.mkdir(parents=True, exist_ok=True)
        jpeg = scratch / "person.jpg"
        jpeg.write_bytes(shown.person)
        models = model_store.prepare(scratch / "models", shown.person, chosen.models)
    if "pipeline" in chosen.only:
        results["pipeline"] = _pipeline(chosen, shown, model_store.peers_home(scratch / "peers"), jpeg)
    if "search" in chosen.only:
        results["search"] = _search(chosen)
    if "gallery" in chosen.only:
        results["gallery"] = _gallery(chosen)
    if "start" in chosen.only:
        engines = [name for name in pipeline_rows.ENGINES if model_store.has_yunet() or "yunet" not in name]
        _say(report.start_lines({name: starting.started(name, models, jpeg) for name in engines}))
    return results


def _pipeline(chosen: argparse.Namespace, shown: camera.Frames, home: Path, jpeg: Path) -> list[dict[str, Any]]:
    measured = pipeline_rows.measured(shown, home, jpeg, chosen.rounds, peers=not chosen.no_peers)
    _say(report.pipeline_lines(measured))
    _say(report.stage_lines(measured))
    return measured.rows


def _search(chosen: argparse.Namespace) -> list[dict[str, Any]]:
    print("\nsearch: over reading the same matrix once (BLAS sdot of it with itself)")
    rows = []
    for people in searching.sizes(full=chosen.full):
        for dimension in searching.DIMENSIONS:
            rounds = searching.searched(people, dimension, chosen.rounds)
            ratio = rounds.ratio("search", ["stream"])
            rows.append({"n": people, "dimension": dimension, "ratio_to_stream": ratio})
            print(
                f"  {people:>9,} of {dimension:>3}-d {rounds.cost('search').median:9.3f} ms   {ratio:.2f}", flush=True
            )
    return rows


GALLERY_RATIOS = {"ratio_to_copy": "load", "one_each_to_copy": "one each", "reload_to_copy": "reload"}


def _gallery(chosen: argparse.Namespace) -> dict[str, float]:
    """The limit is for 512-d; at 128-d the fixed cost of a row, its id and its tag, weighs four times as much."""
    measured = {}
    for dimension in LOADED_DIMENSIONS:
        rounds = galleries.loaded(chosen.people, dimension, max(3, chosen.rounds // 3))
        each = f"{galleries.EACH} a person and their aggregate, which is loaded; “one each”: as many people"
        print(f"\ngallery: {chosen.people:,} sealed references of {dimension}-d, {each}; from rows to a matrix")
        for name in rounds.taken:
            times = rounds.ratio(name, ["copy"])
            print(f"  {name:<20}{rounds.cost(name).median:10.1f} ms   {times:8.1f} times a copy", flush=True)
        measured[dimension] = rounds
    ratios = {name: measured[512].ratio(job, ["copy"]) for name, job in GALLERY_RATIOS.items()}
    ratios["one_each_to_calls"] = measured[512].ratio("one each", [galleries.BARE_CALLS])
    return ratios | {"ratio_to_copy_128": measured[128].ratio("load", ["copy"])}


def _say(lines: Any) -> None:
    for line in lines:
        print(line, flush=True)
