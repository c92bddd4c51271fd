"""What the fault scripts share: the program under test, a small watch made from the quickstart's scenes, snapshots."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Benchmarks"))
import harness

QUICKSTART = ROOT / "Data/quickstart"
# One clear day before and one in each of two months: enough for tasks, and quick to compare.
DAYS = ("2018-09-19", "2019-06-16", "2019-07-06")
SITES = ("QS-12",)
BUSY = 75


def product():
    """The sitewarden under test: SITEWARDEN, else the debug build: most of the time is spent starting it."""
    return harness.product("debug")


class Watch:
    """Sites, scenes and a pipeline in a folder of their own, which goes when this does."""

    def __init__(self, program, site_ids=SITES, cell_pixels=256, days=DAYS):
        """site_ids: of the quickstart; cell_pixels: below the sites' distance each is a group by itself; days: of its
        scenes, None for all."""
        self.program = program
        self._temporary = tempfile.TemporaryDirectory(prefix="sitewarden-fault-")
        self.folder = Path(self._temporary.name).resolve()
        self.runs = self.folder / "runs"
        sites = json.loads((QUICKSTART / "sites.geojson").read_text())
        sites["features"] = [f for f in sites["features"] if f["properties"]["site_id"] in site_ids]
        (self.folder / "sites.geojson").write_text(json.dumps(sites))
        items = json.loads((QUICKSTART / "items.json").read_text())
        items["features"] = [f for f in items["features"] if days is None or f["properties"]["datetime"][:10] in days]
        for item in items["features"]:
            for asset in item["assets"].values():
                asset["href"] = str(QUICKSTART / asset["href"])
        (self.folder / "items.json").write_text(json.dumps(items))
        self.pipeline = self.folder / "pipeline.yaml"
        self.pipeline.write_text(
            "sites: {source: sites.geojson}\n"
            "scenes: {source: items.json, bands: [red, nir]}\n"
            f"windows: {{ringMetres: 20, cellPixels: {cell_pixels}}}\n"
            "output: {folder: runs, rasters: true, reportPictures: 1}\n")

    def own_scenes(self):
        """Copies the rasters beside the sites, to be harmed; their paths, in order."""
        path = self.folder / "items.json"
        items = json.loads(path.read_text())
        copies = []
        for item in items["features"]:
            for name, asset in item["assets"].items():
                copy = self.folder / "scenes" / item["properties"]["datetime"][:10] / Path(asset["href"]).name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(asset["href"], copy)
                asset["href"] = str(copy)
                copies.append(copy)
        path.write_text(json.dumps(items))
        return copies

    def scan(self, period, *options):
        return [self.program, "scan", str(self.folder / "pipeline.yaml"), "--period", period, "--threads", "1", *options]

    def review(self, period):
        """A copy of a run's task list with a verdict on every task, and the command that imports it."""
        reviewed = self.folder / f"reviewed-{period}.gpkg"
        shutil.copyfile(self.runs / period / "tasks.gpkg", reviewed)
        sql = "UPDATE tasks SET verdict = 'damage', reviewer = 'N', reviewed_on = '2019-08-02'"
        subprocess.run(["ogrinfo", "-q", str(reviewed), "-sql", sql], check=True, stdout=subprocess.DEVNULL)
        return [self.program, "review", "import", str(reviewed), "--register", str(self.runs / "register.gpkg")]

    def run(self, command, **options):
        """Runs a command to its end; its status and what it said on standard error."""
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, errors="replace", **options)
        return done.returncode, done.stderr

    def must(self, command):
        status, errors = self.run(command)
        if status != 0:
            sys.exit(f"{' '.join(command)} ended with {status}, without any fault:\n{errors}")

    def keep(self, name):
        """A copy of the runs as they are, to go back to."""
        shutil.copytree(self.runs, self.folder / name)

    def back_to(self, name):
        shutil.rmtree(self.runs, ignore_errors=True)
        if (self.folder / name).exists():
            shutil.copytree(self.folder / name, self.runs)

    def snapshot(self):
        return snapshot(self.runs)


def snapshot(folder, without=()):
    """The SHA-256 of every file below a folder, hidden ones too, but for some names; of folders their names."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if name in without:
            continue
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    return found


def register_rows(path):
    """Every row of a register."""
    with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as table:
        rows = {name: table.execute(f"SELECT * FROM {name} ORDER BY fid").fetchall()
                for name in ("runs", "findings", "tasks", "verdicts")}
    table.close()
    return rows


def difference(found, wanted):
    """What differs between two snapshots, in words; empty where nothing does."""
    lines = [f"{name} is missing" for name in wanted.keys() - found.keys()]
    lines += [f"{name} is there" for name in found.keys() - wanted.keys()]
    lines += [f"{name} differs" for name in found.keys() & wanted.keys() if found[name] != wanted[name]]
    return ", ".join(sorted(lines))


def finish(problems, figure):
    """Prints the figure and ends with status 1 where anything went wrong."""
    for problem in problems[:20]:
        print(f"FAILED {problem}")
    print(figure)
    sys.exit(1 if problems else 0)
