"""A private PostgreSQL cluster on loopback with its durability as shipped: fsync and synchronous_commit stay on."""

import glob
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

OWNER = "grantor"
#: Debian's package makes this user; the server refuses to run as root.
UNPRIVILEGED = "postgres"


class Cluster:
    def __init__(self, folder, port):
        self.binaries = binaries()
        self.folder = pathlib.Path(folder)
        self.port = port
        self.password = secrets.token_hex(16)
        self.folder.mkdir()
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if os.geteuid() == 0:
            shutil.chown(self.folder, UNPRIVILEGED)
            shutil.chown(password_file, UNPRIVILEGED)
        self._call("initdb", "--encoding=UTF8", "--locale=C", "--auth=password", "--username", OWNER,
                   "--pwfile", str(password_file), "-D", self._data())
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=on"
        self._call("pg_ctl", "start", "-w", "-s", "-D", self._data(), "-l", str(self.folder / "log"), "-o", options)

    def url(self):
        return f"postgres://{OWNER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def database(self, name):
        """The URL of a new database."""
        command = [os.path.join(self.binaries, "createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", OWNER, name]
        subprocess.run(command, env={**os.environ, "PGPASSWORD": self.password}, cwd=self.folder, check=True)
        return f"postgres://{OWNER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def run(self, statement):
        """One statement in the first database."""
        subprocess.run([os.path.join(self.binaries, "psql"), "-q", "-c", statement, self.url()], cwd=self.folder, check=True)

    def stop(self):
        self._call("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", self._data())

    def _data(self):
        return str(self.folder / "data")

    def _call(self, name, *arguments):
        command = [os.path.join(self.binaries, name), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", UNPRIVILEGED, "--", *command]
        # The server keeps the output it was given; a pipe would keep us waiting for its end.
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"{name} ended with {done.returncode}")


def binaries():
    installed = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    found = installed[-1] if installed else shutil.which("initdb")
    if not found:
        sys.exit("no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    return os.path.dirname(found)
