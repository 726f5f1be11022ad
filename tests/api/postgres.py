"""A real PostgreSQL for the tests, on a free port of the loopback with its data in a folder of its own."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager

PASSWORD = "secret-of-the-tests"
PATIENCE_S = 120


def find_programs() -> pathlib.Path | None:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Postgres:
    """Stopped until start() is called."""

    def __init__(self, folder: pathlib.Path):
        self.programs = find_programs()
        # Below /tmp itself, since the user that PostgreSQL runs as may not enter pytest's folders.
        self.folder = folder
        self.folder.mkdir()
        self.user = None
        if os.geteuid() == 0:  # PostgreSQL refuses root
            self.user = "postgres"
            shutil.chown(self.folder, self.user, self.user)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run("initdb", "-D", self.folder / "data", "-N", "--auth=scram-sha-256", f"--pwfile={password}",
                  "-U", "shop", "-E", "UTF8", "--no-locale")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def _run(self, program: str, *arguments: object, password: str = PASSWORD) -> str:
        # The tests' own statements may write where others may not.
        environment = os.environ | {"PGPASSWORD": password, "PGOPTIONS": "-c default_transaction_read_only=off"}
        done = subprocess.run([self.programs / program, *map(str, arguments)], user=self.user, capture_output=True,
                              text=True, timeout=PATIENCE_S, cwd="/", env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        # Its output goes to a file, since a server that stays would keep a pipe open.
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                  f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off "
                  "-c shared_buffers=16MB", "start")

    def stop(self):
        """At once, as a crash does."""
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def sql(self, statement: str, password: str = PASSWORD) -> str:
        return self._run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.port, "-U",
                         "shop", "-d", "postgres", "-c", statement, password=password).strip()

    def kill_connections(self) -> int:
        return int(self.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                            "WHERE application_name = 'snapshelf'"))

    def url(self, password: str = PASSWORD) -> str:
        return f"postgresql://shop:{password}@127.0.0.1:{self.port}/postgres"

    def config(self, path: pathlib.Path, **postgres: object) -> pathlib.Path:
        """A config file for a shop on it."""
        lines = [f"{key} = {value}" for key, value in postgres.items()]
        path.write_text('\n'.join(['products = "postgres"', "[postgres]", f'url = "{self.url()}"', *lines]))
        return path


@contextmanager
def postgres_server():
    """A running one in a folder that is gone afterwards."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="snapshelf-postgres-"))
    folder.chmod(0o755)
    postgres = Postgres(folder / "server")
    postgres.start()
    try:
        yield postgres
    finally:
        if (postgres.folder / "data" / "postmaster.pid").exists():
            postgres.stop()
        shutil.rmtree(folder)
