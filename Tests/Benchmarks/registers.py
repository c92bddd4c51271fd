"""Registers of many months, written by SQL in seconds where the programme itself would take an hour.

The rows are those the programme would have written, with their hashes: `sitewarden register check` finds them whole.
"""

import hashlib
import shutil
import sqlite3
import struct
import uuid
from pathlib import Path

FIXTURE = Path(__file__).resolve().parents[1] / "Fixtures/register-3.gpkg"
# Months that a finding is open before the run that finishes it.
OPEN = 20
# Of the tasks of a month, those that somebody has judged.
JUDGED = 5
CONFIGURATION = "0" * 64
# Where findings lie, in degrees: a country far from the scenes of the measurement.
WEST, SOUTH, STEP, ACROSS = 5.0, 42.0, 0.002, 4000
SIDE = 0.0005


def text(value):
    return f"{len(value.encode())}:{value}".encode()


def optional(value):
    return text("-") if value is None else text("+") + text(value)


class Finding:
    """One finding in all its months: what its rows hold, and what the hashes of their runs take in."""

    def __init__(self, number, born):
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"finding {number}"))
        self.site = f"S-{number % 997:07d}"
        self.task = str(uuid.uuid5(uuid.NAMESPACE_URL, f"task {number}"))
        self.born = born
        x, y = WEST + number % ACROSS * STEP, SOUTH + number // ACROSS * STEP
        self.box = (x, x + SIDE, y, y + SIDE)
        ring = struct.pack("<10d", x, y, x + SIDE, y, x + SIDE, y + SIDE, x, y + SIDE, x, y)
        head = b"\1\6\0\0\0\1\0\0\0\1\3\0\0\0\1\0\0\0\5\0\0\0"
        self.wkb = head + ring
        self.blob = b"GP\0\3" + struct.pack("<i4d", 4326, *self.box) + self.wkb
        self.hashed_ring = text("1") + text("1") + text("5") + ring

    def row(self, month):
        """Fields of `findings` without number, shape and run, as they stand after a month."""
        age = month - self.born
        seen = [day(self.born + late, 10) for late in range(min(age, 2) + 1)]
        log = " ".join(f"{one}a" for one in seen)
        status = ("first", "provisional")[age] if age < 2 else "confirmed"
        if age == OPEN:
            log += f" {day(month, 5)}n {day(month, 20)}n"
            status = "finished"
        return (self.id, seen[0], seen[-1], status, "soil_exposed", 0.75, "baseline", 5.0, 0.875, 2100.0, 2100.0, log,
                None, None)

    def hashed(self, row):
        identifier, _, _, status, kind, certainty, method, magnitude, probability, area, first, log, merged, split = row
        return b"".join([*map(text, (identifier, kind, method, status)),
                         *(text(repr(value)) for value in (area, first, certainty, magnitude, probability)),
                         text(log), optional(merged), optional(split), self.hashed_ring])

    def task_row(self):
        return (self.task, self.id, self.site, "Invented place", 1, 50.0, 100.0, 200.0, 0.0, 0, None)

    def hashed_task(self):
        return b"".join([*map(text, (self.task, self.id, self.site, "Invented place", "1", "50.0", "100.0", "200.0",
                                     "0.0")), optional(None)])


def day(month, number):
    return f"{month // 12:04d}-{month % 12 + 1:02d}-{number:02d}"


def last_day(month):
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    year = month // 12
    leap = month % 12 == 1 and (year % 4 == 0 and year % 100 != 0 or year % 400 == 0)
    return lengths[month % 12] + leap


def months(last, count, new):
    """The runs of so many months up to one, the first first, each with all its rows.

    Of each month's `new` findings all are open for `OPEN` months, so that every run but for its own finishes as many as
    it finds, and holds `(OPEN + 1) * new` rows.
    """
    first = last - count + 1
    cohorts = {}
    number = 0
    for born in range(first - OPEN, last + 1):
        cohorts[born] = [Finding(number + index, born) for index in range(new)]
        number += new
    runs = []
    for month in range(first, last + 1):
        findings = sorted((one for born in range(month - OPEN, month + 1) for one in cohorts[born]), key=lambda one: one.id)
        rows = [one.row(month) for one in findings]
        tasks = sorted(cohorts[month], key=lambda one: one.task)
        period = (day(month, 1), day(month, last_day(month)))
        hashed = hashlib.sha256(text(f"{period[0]}/{period[1]}") + text(CONFIGURATION) + text(str(len(rows))))
        for finding, row in zip(findings, rows):
            hashed.update(finding.hashed(row))
        hashed.update(text(str(len(tasks))))
        for one in tasks:
            hashed.update(one.hashed_task())
        label = period[0][:7]
        runs.append((label, hashed.hexdigest()))
        # Only the first has nothing before it: what ran before that is not in this register.
        carried = hashlib.sha256(text(str(len(runs) - 1)) + b"".join(text(a) + text(b) for a, b in runs[:-1])).hexdigest()
        yield {
            "run": (label, *period, CONFIGURATION, runs[-1][1], len(rows), len(tasks), carried),
            "findings": [(label, *row, finding) for finding, row in zip(findings, rows)],
            "tasks": [(label, *one.task_row()) for one in tasks],
            "verdicts": [(label, one.task, one.id, one.site, "no_change", "", "N", day(month, 28), 5.0, "0")
                         for one in tasks[::JUDGED]],
        }


RUN = "run_label, period_start, period_end, configuration_sha256, content_sha256, finding_count, task_count, carried_sha256"
FINDING = ("run_label, finding_id, first_seen, last_seen, status, kind, kind_certainty, method, magnitude, probability, "
           "area_m2, first_area_m2, observations, merged_into, split_from")
TASK = ("run_label, task_id, finding_id, site_id, site_name, task_rank, score, core_m2, buffer_m2, distance_m, suppressed, "
        "suppressed_reason")
VERDICT = ("run_label, task_id, finding_id, site_id, verdict, note, reviewer, reviewed_on, magnitude_at_verdict, "
           "source_sha256, sequence, content_sha256")


def numbered(verdicts, sequence):
    """Rows of verdicts with the numbers after `sequence`, and the hash of each."""
    for number, row in enumerate(verdicts, sequence + 1):
        *words, reviewed, magnitude, source = row
        hashed = b"".join([*map(text, (str(number), *words)), optional(reviewed), text(repr(magnitude)), text(source)])
        yield (*row, number, hashlib.sha256(hashed).hexdigest())


def write_geopackage(path, runs):
    """A register in a file; the rows of its findings."""
    shutil.copy(FIXTURE, path)
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA synchronous = OFF")
    base.execute("PRAGMA journal_mode = OFF")
    base.execute("PRAGMA cache_size = -262144")
    triggers = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN "
                            "('findings', 'tasks', 'verdicts', 'runs')").fetchall()
    for name, _ in triggers:
        base.execute(f"DROP TRIGGER {name}")
    for table in ("findings", "tasks", "verdicts", "runs", "rtree_findings_geom"):
        base.execute(f"DELETE FROM {table}")
    number = sequence = 0

    def insert(table, fields, rows):
        names = fields.split(", ")
        base.executemany(f"INSERT INTO {table} ({fields}) VALUES ({', '.join('?' * len(names))})", rows)

    base.execute("BEGIN")
    for run in runs:
        insert("runs", RUN, [run["run"]])
        insert("findings", f"{FINDING}, fid, geom",
               ((*row[:-1], number + index, row[-1].blob) for index, row in enumerate(run["findings"], 1)))
        insert("rtree_findings_geom", "id, minx, maxx, miny, maxy",
               ((number + index, *row[-1].box) for index, row in enumerate(run["findings"], 1)))
        number += len(run["findings"])
        insert("tasks", TASK, run["tasks"])
        insert("verdicts", VERDICT, numbered(run["verdicts"], sequence))
        sequence += len(run["verdicts"])
    for table in ("findings", "tasks", "verdicts", "runs"):
        base.execute(f"UPDATE gpkg_ogr_contents SET feature_count = (SELECT count(*) FROM {table}) "
                     f"WHERE table_name = '{table}'")
    for _, sql in triggers:
        base.execute(sql)
    base.execute("COMMIT")
    base.execute("PRAGMA journal_mode = DELETE")
    base.close()
    return number


def write_postgis(server, schema, runs):
    """A register in a schema of a server whose tables are there and empty; the rows of its findings."""
    def value(one):
        return "\\N" if one is None else str(one)

    number = sequence = 0
    for run in runs:
        findings = "".join("\t".join(map(value, (*row[:-1], ewkb(row[-1])))) + "\n"
                           for row in run["findings"])
        tasks = "".join("\t".join(map(value, row)) + "\n" for row in run["tasks"])
        verdicts = "".join("\t".join(map(value, row)) + "\n" for row in numbered(run["verdicts"], sequence))
        server.sql(f"SET search_path = {schema}, public;\n"
                   f"COPY runs ({RUN}) FROM STDIN;\n" + "\t".join(map(value, run["run"])) + "\n\\.\n"
                   f"COPY findings ({FINDING}, geom) FROM STDIN;\n{findings}\\.\n"
                   f"COPY tasks ({TASK}) FROM STDIN;\n{tasks}\\.\n"
                   f"COPY verdicts ({VERDICT}) FROM STDIN;\n{verdicts}\\.\n")
        number += len(run["findings"])
        sequence += len(run["verdicts"])
    server.sql("ANALYZE")
    return number


def ewkb(finding):
    """The shape as PostGIS writes it: as hexadecimal, with the number of its reference system."""
    wkb = finding.wkb
    return (wkb[:1] + struct.pack("<I", 0x20000006) + struct.pack("<i", 4326) + wkb[5:]).hex()
