"""What the benchmark scripts share: Python packages, the program under test, timed scans, tables."""

import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".build-benchmark"


def folder_or_leave(given, name):
    """The benchmark's folder: the given one, or the one beside this repository; without any there is nothing to do."""
    folder = Path(given) if given else ROOT.parent / "shared/benchmark" / name
    if (folder / "score.py").is_file():
        return folder.resolve()
    if given:
        sys.exit(f"{folder}: no score.py there. Give the folder that holds the benchmark '{name}'.")
    print(f"Nothing measured: there is no benchmark folder {folder}. Give its path as the argument.")
    sys.exit(0)


def require(packages):
    """Goes on in a virtual environment under .build-benchmark when a package is missing here."""
    if all(importlib.util.find_spec(p) for p in packages):
        return
    environment = WORK / "venv"
    python = environment / "bin/python"
    if Path(sys.prefix) == environment:
        sys.exit(f"{environment}: packages missing after installation. Remove the folder and run this again.")
    if not python.exists():
        print(f"Making {environment}", file=sys.stderr)
        venv.create(environment, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
    os.execv(python, [str(python), *sys.argv])


def product(configuration="release"):
    """The sitewarden under test: SITEWARDEN, else a build of this repository, made when needed."""
    given = os.environ.get("SITEWARDEN")
    if given:
        if not os.access(given, os.X_OK):
            sys.exit(f"SITEWARDEN={given}: no such program.")
        return str(Path(given).resolve())
    build = ["swift", "build", "-c", configuration, "--package-path", str(ROOT)]
    subprocess.run([*build, "--product", "sitewarden"], check=True, stdout=sys.stderr)
    shown = subprocess.run([*build, "--show-bin-path"], check=True, capture_output=True, text=True)
    return str(Path(shown.stdout.strip()) / "sitewarden")


def fresh_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def scan(program, sites, scenes, period, output, extra=()):
    """One scan with default settings: (run folder or None, seconds). The scan's own words go to a file beside it."""
    before = set(output.glob("*/tasks.geojson"))
    words = [program, "scan", "--sites", str(sites), "--scenes", str(scenes), "--period", period,
             "--output", str(output), *extra]
    log = output / f"{period.replace('/', '_')}.log"
    start = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        status = subprocess.run(words, stdout=file, stderr=subprocess.STDOUT).returncode
    seconds = time.monotonic() - start
    if status == 2:
        print(f"{output.name} {period}: part of the input could not be used, see {log}", file=sys.stderr)
    elif status != 0:
        print(f"{output.name} {period}: status {status}: {log.read_text()[-300:].strip()}", file=sys.stderr)
        return None, seconds
    new = sorted(set(output.glob("*/tasks.geojson")) - before)
    if len(new) != 1:
        print(f"{output.name} {period}: {len(new)} new run folders with tasks.geojson, expected 1", file=sys.stderr)
        return None, seconds
    return new[0].parent, seconds


def score(folder, *words):
    """What the benchmark's scorer prints, or None with its complaint on stderr."""
    done = subprocess.run([sys.executable, str(folder / "score.py"), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"score.py {words[0]}: {done.stderr[-500:].strip()}", file=sys.stderr)
        return None
    return json.loads(done.stdout)


def reference_rows(path):
    """The reference table: [{column: text or number}]."""
    lines = [[c.strip().strip("*") for c in line.strip().strip("|").split("|")]
             for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head, rows = lines[0], lines[2:]
    return [{k: number(v) for k, v in zip(head, row)} for row in rows]


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def mean(rows, columns):
    """Column means over the rows that have a value."""
    result = {}
    for column in columns:
        values = [r[column] for r in rows if isinstance(r.get(column), (int, float)) and math.isfinite(r[column])]
        result[column] = sum(values) / len(values) if values else None
    return result


def table(rows, columns):
    """A Markdown table."""
    def show(value):
        return "–" if value is None else f"{value:.3f}" if isinstance(value, (int, float)) else str(value)

    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(show(row.get(c)) for c in columns) + " |" for row in rows]
    return "\n".join(lines)
