"""What the scenario's scorer decides of each task and each disturbance, one by one.

The scorer prints shares; intervals, tables of kinds and calibration need what they are made of. The rules are those of
the scorer's own text, and `disagreements` compares the two: where they differ nothing is printed from here.
"""

import importlib.util
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

CONFIRMED = {"confirmed", "finished"}
TOLERANCE_METRES, LEAST_SHARE = 15, 0.1
BUFFER_METRES, LEAST_INSIDE_SQUARE_METRES, LEAST_SQUARE_METRES = 250, 50, 400


@dataclass
class Task:
    """A task over all runs. Listings: its properties in each run that lists it, in order of time."""
    site: str
    verdict: str = "wrong"
    confirmed: bool = False
    listings: list = field(default_factory=list)
    kinds: tuple = None


@dataclass
class Outcome:
    tasks: dict
    sites: list
    positive: set
    ranked: list
    inside: list
    buffer: list
    found: dict
    delay: dict
    fair: list
    early: int
    chances: int
    exposure: float


def scorer(folder):
    """The benchmark's own scorer as a module."""
    name = f"scorer_of_{Path(folder).name}"
    if name not in sys.modules:
        specification = importlib.util.spec_from_file_location(name, Path(folder) / "score.py")
        sys.modules[name] = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def outcome(folder, case, runs, ends):
    """Judges the tasks of the runs (paths of tasks.geojson, in order of time) of one generated case."""
    import geopandas
    import numpy
    import shapely

    manifest = json.loads((case / "manifest.json").read_text(encoding="utf-8"))
    sites = geopandas.read_file(case / manifest["sites"]).set_index("site_id")
    truth = geopandas.read_file(case / "truth/disturbances.gpkg")
    tree = shapely.STRtree(sites.geometry.values)
    halo = [g.buffer(TOLERANCE_METRES) for g in truth.geometry]
    begun = [manifest["dates"][int(o)]["date"] for o in truth.onset]
    reach = BUFFER_METRES + TOLERANCE_METRES
    zone, near, seen = {}, {}, {}
    for k, shape in enumerate(truth.geometry):
        close = tree.query(shape.buffer(reach), predicate="intersects")
        near[k] = {sites.index[i] for i in close}
        touched = any(sites.geometry.iloc[i].intersection(shape).area > LEAST_INSIDE_SQUARE_METRES for i in close)
        seen[k] = scorer(folder).clear_dates(str(case), manifest, shape, int(truth.onset[k])) if len(close) else []
        counts = shape.area >= LEAST_SQUARE_METRES and seen[k] and seen[k][0] <= ends[-1] \
            and len(tree.query(shape.buffer(BUFFER_METRES), predicate="intersects"))
        zone[k] = ("inside" if touched else "buffer") if counts else "neutral"

    tasks, standing, found, early, chances = {}, {}, {}, 0, 0
    halos = shapely.STRtree(halo)
    for path, end in zip(runs, ends):
        listed = geopandas.read_file(path)
        listed = (listed if listed.crs else listed.set_crs(4326)).to_crs(manifest["crs"]) if len(listed) else listed
        hits = set()
        for _, row in listed.iterrows():
            name = (row.site_id, row.task_id)
            task = tasks.setdefault(name, Task(row.site_id))
            task.confirmed |= row.status in CONFIRMED
            task.listings.append({k: row[k] for k in listed.columns if k != "geometry"})
            shape, best = shapely.make_valid(row.geometry), (0, None)
            for k in sorted(halos.query(shape, predicate="intersects")):
                if row.site_id not in near[k] and zone[k] != "neutral":
                    continue
                overlap = shape.intersection(halo[k]).area
                if overlap < LEAST_SHARE * shape.area:
                    continue
                if begun[k] > end:
                    standing.setdefault(k, set()).add(name)
                    hits.add(k)
                elif zone[k] == "neutral":
                    task.verdict = "neutral" if task.verdict == "wrong" else task.verdict
                else:
                    task.verdict = "right"
                    if overlap > best[0]:
                        best = (overlap, truth.kind[k])
                    if name not in standing.get(k, ()):
                        found.setdefault(k, end)
            if best[1]:
                task.kinds = (best[1], row.kind)
        before = [k for k in zone if zone[k] != "neutral" and begun[k] > end]
        early += len(hits & set(before))
        chances += len(before)
    last = geopandas.read_file(runs[-1])
    ranked = last.sort_values("score", ascending=False, kind="stable").site_id.drop_duplicates().tolist() \
        if len(last) else []
    inside = [k for k in zone if zone[k] == "inside"]
    days = (numpy.datetime64(ends[-1]) - numpy.datetime64(ends[0])).astype(int) + 30
    return Outcome(
        tasks=tasks, sites=sorted(sites.index), positive=set().union(*[near[k] for k in zone if zone[k] != "neutral"]),
        ranked=[s for s in ranked if s in sites.index], inside=inside,
        buffer=[k for k in zone if zone[k] == "buffer"], found=found,
        delay={k: max(1, sum(d <= found[k] for d in seen[k])) for k in inside if k in found},
        fair=[k for k in inside if sum(d <= ends[-1] for d in seen[k]) >= 2], early=early, chances=chances,
        exposure=days / 365.25 * len(sites) / 10)


def tally(result, verdict, confirmed=False):
    return sum(t.verdict == verdict and (t.confirmed or not confirmed) for t in result.tasks.values())


def average_precision(order, positives):
    """The mean of the precision at every positive of an order; those outside the order add nothing."""
    hits, total = 0, 0.0
    for place, positive in enumerate(order, 1):
        if positive:
            hits += 1
            total += hits / place
    return total / positives if positives else None


def disagreements(result, scores):
    """Where the scorer's figures are not what these outcomes add up to: a line each."""
    right, wrong = tally(result, "right"), tally(result, "wrong")
    sure, false = tally(result, "right", True), tally(result, "wrong", True)
    own = {
        "truths_inside": len(result.inside), "truths_buffer": len(result.buffer), "tasks": right + wrong,
        "confirmed": sure + false, "precision_all": right / (right + wrong) if right + wrong else None,
        "precision_confirmed": sure / (sure + false) if sure + false else None,
        "recall_inside": sum(k in result.found for k in result.inside) / len(result.inside) if result.inside else None,
        "recall_buffer": sum(k in result.found for k in result.buffer) / len(result.buffer) if result.buffer else None,
        "hit_rate_before_onset": result.early / result.chances if result.chances else None,
        "ranking_ap": average_precision([s in result.positive for s in result.ranked], len(result.positive)) or 0.0,
    }
    return [f"{name}: {scores[name]} by the scorer, {value} here" for name, value in own.items()
            if (value is None) != (scores[name] is None) or (value is not None and abs(value - scores[name]) > 6e-5)]
