"""The task lists of somebody who knows the truth: what the best possible program would score.

Each disturbance near a site is a task of that site with its exact polygon, confirmed from the first acquisition that
shows it on, and nothing else is; sites whose disturbances the scorer counts come before the others. What such lists
lack of a perfect figure is a property of the landscapes and of the scorer: where a disturbance begins beside an older
one, the older one's task counts as a hit before onset.
"""

import json

import harness

NEAR_METRES = 250


def lists(case, name, ends, kinds, positive):
    """Writes a list for each end of a period; their paths. Positive: the sites that come first."""
    import geopandas
    import shapely

    manifest = json.loads((case / "manifest.json").read_text(encoding="utf-8"))
    sites = geopandas.read_file(case / manifest["sites"])
    truth = geopandas.read_file(case / "truth/disturbances.gpkg")
    begun = [manifest["dates"][int(onset)]["date"] for onset in truth.onset]
    on_globe = truth.to_crs(4326).geometry
    folder = harness.WORK / "scenario" / name
    harness.fresh_folder(folder)
    tasks = []
    for index, shape in enumerate(truth.geometry):
        for site in sites[sites.geometry.distance(shape) <= NEAR_METRES].site_id:
            tasks.append((begun[index], {
                "type": "Feature", "geometry": shapely.geometry.mapping(on_globe.iloc[index]),
                "properties": {"task_id": f"{index}-{site}", "site_id": site, "score": 1.0 if site in positive else 0.5,
                               "status": "confirmed", "kind": kinds[truth.kind.iloc[index]]}}))
    paths = []
    for end in ends:
        paths.append(folder / f"{end}.geojson")
        features = [feature for first, feature in tasks if first <= end]
        paths[-1].write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return paths


def scores(folder, case, name, ends, kinds, positive):
    """What the benchmark's scorer says of such lists, or None with its complaint on stderr."""
    return harness.score(folder, case, "--tasks", *lists(case, name, ends, kinds, positive), "--ends", *ends)
