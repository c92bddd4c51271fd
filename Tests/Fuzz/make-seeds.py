#!/usr/bin/env python3
"""Writes the seeds of the fuzzers: small whole documents of each kind."""

import json
import shutil
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def put(target, name, content):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def ring(points):
    return struct.pack("<I", len(points)) + b"".join(struct.pack("<dd", *point) for point in points)


def main():
    put("pipeline", "readme", "sites:\n  source: r.gpkg\n  fields: {id: no, name: title, buffer: b}\nscenes:\n"
        "  source: https://stac.example.org/items.json\n  allowedHosts: [a.example.org, '*.b.org']\n"
        "output: {folder: monitoring, rasters: true, reportTitle: \"A & B\"}\n")
    put("pipeline", "numbers", "detection: {pair: {seedScore: 4}, baseline: {watchedDays: 100}}\nstatus:\n"
        "  confirmedObservations: 3\nsites: {significanceWeights: {national: 1, x: 0.5}}\nexport: {partnerFields: [name]}\n")
    for path in sorted((ROOT / "Pipelines").glob("*.yaml")):
        put("pipeline", path.name, path.read_bytes())
    items = json.loads((ROOT / "Data/quickstart/items.json").read_text())
    items["features"] = items["features"][:2]
    put("items", "collection", json.dumps(items))
    put("items", "item", json.dumps(items["features"][0]))
    put("items", "catalog", json.dumps({"type": "Catalog", "stac_version": "1.0.0", "id": "c", "links": [
        {"rel": "item", "href": "./a/item.json"}, {"rel": "child", "href": "../b/catalog.json"},
        {"rel": "next", "href": "https://example.org/next", "method": "POST"}]}))
    put("sites", "plain", b"K-1\0Khan al-Mahmudiya\0national\0listed\0District\x0050")
    put("sites", "hostile", "a\n\x1b[2J\0\u202e<script>\0None\0=1+1\0\u0301\u0301\x00-5e9".encode())
    square = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    polygon = struct.pack("<BII", 1, 3, 2) + ring(square) + ring([(.2, .2), (.2, .4), (.4, .4), (.2, .2)])
    put("wkb", "point", struct.pack("<BIdd", 1, 1, 45.1, 32.5))
    put("wkb", "polygon", polygon)
    put("wkb", "bowtie", struct.pack("<BII", 1, 3, 1) + ring([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]))
    put("wkb", "multi", struct.pack("<BII", 1, 6, 2) + polygon + polygon)
    put("wkb", "collection", struct.pack("<BII", 1, 7, 2) + struct.pack("<BIdd", 1, 1, 1, 2) + polygon)
    put("wkb", "heights", struct.pack("<BIddd", 1, 1001, 1, 2, 3))
    rows = [{"type": "Feature", "geometry": None, "properties": {
        "task_id": f"10000000-0000-4000-8000-00000000000{n}", "verdict": verdict, "verdict_note": "seen", "reviewer": "N",
        "reviewed_on": day, "run_label": "2019-09"}} for n, (verdict, day) in enumerate(
            [("damage", "2019-10-02"), ("no_change", "2019/10/02"), ("", ""), ("nonsense", "soon")])]
    put("review", "tasks", json.dumps({"type": "FeatureCollection", "features": rows}))
    put("manifest", "run", json.dumps({
        "format": 1, "versions": {"gdal": "3.6.2"}, "period": "2019-09-01/2019-09-30", "configuration": {"a": [1, None]},
        "inputs": [{"path": "sites.geojson", "sha256": "0" * 64, "bytes": 12}],
        "outputs": [{"path": "../x", "sha256": "", "bytes": -1}], "counts": {"tasks": 3}, "problems": ["one"]}))
    shutil.rmtree(HERE / "__pycache__", ignore_errors=True)


if __name__ == "__main__":
    main()
