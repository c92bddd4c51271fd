"""A PostgreSQL with PostGIS of a test's own: in a folder of its own, on a socket there, gone with the test."""

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["postgresql", "postgresql-15-postgis-3"]
NAME = "heritage"


def programs():
    """The folder of the server's programs; nothing of Debian's is on the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return Path(found[-1]).parent if found else None


def missing():
    """Why no server can be started here; None where one can. Installs what is missing where that is possible."""
    if os.geteuid() != 0:
        return "a PostgreSQL of its own is started by root, as the user postgres."
    if programs() and glob.glob("/usr/share/postgresql/*/extension/postgis.control"):
        return None
    if not shutil.which("apt-get"):
        return "PostgreSQL with PostGIS is missing, and no apt-get to install it."
    subprocess.run(["apt-get", "update", "-qq"], stdout=sys.stderr, check=False)
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], stdout=sys.stderr,
                   env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False)
    if programs() and glob.glob("/usr/share/postgresql/*/extension/postgis.control"):
        return None
    return f"{' and '.join(PACKAGES)} cannot be installed here."


class Server:
    """Started with the object; `stop` ends it. Connections go through `environment` and the service `heritage`."""

    def __init__(self, folder, settings=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(self.folder, "postgres")
        self.programs = programs()
        self.data = self.folder / "data"
        self.as_server(self.programs / "initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust",
                       "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        lines = ["listen_addresses = ''", f"unix_socket_directories = '{self.folder}'", "max_connections = 200", *settings]
        with open(self.data / "postgresql.auto.conf", "a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self.as_server(self.programs / "pg_ctl", "start", "--wait", "--silent", "--pgdata", self.data,
                       "--log", self.folder / "log")
        self.services = self.folder / "pg_service.conf"
        self.services.write_text("".join(
            f"[{name}]\nhost={self.folder}\ndbname={NAME}\nuser={user}\n\n"
            for name, user in [(NAME, "postgres"), *((user, user) for user in self.users())]))
        self.services.chmod(0o644)
        self.environment = {**os.environ, "PGSERVICEFILE": str(self.services)}
        self.sql(f"CREATE DATABASE {NAME}", database="postgres")
        self.sql("CREATE EXTENSION postgis")

    @staticmethod
    def users():
        """Services for these are there, whether the users are or not."""
        return [f"{role}_{area}" for role in ("scanner", "reviewer", "reader") for area in ("north", "south")]

    def as_server(self, *words):
        done = subprocess.run(["runuser", "-u", "postgres", "--", *map(str, words)], cwd="/", capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"FAILED {words[0]}: {done.stdout}{done.stderr}")

    def sql(self, text, database=NAME, user="postgres", check=True):
        """What a statement answers, a line a row; with `check=False` the finished process."""
        done = subprocess.run(
            [self.programs / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
             f"--host={self.folder}", f"--username={user}", f"--dbname={database}"],
            input=text, capture_output=True, text=True)
        if not check:
            return done
        if done.returncode != 0:
            sys.exit(f"FAILED {text[:200]}: {done.stderr}")
        return done.stdout.strip()

    def stop(self):
        self.as_server(self.programs / "pg_ctl", "stop", "--silent", "--mode=fast", "--pgdata", self.data)
