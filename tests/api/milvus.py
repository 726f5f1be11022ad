"""A real Milvus server for the tests, in a folder of its own: tests/milvus/server.py starts and kills it."""

import pathlib
import subprocess
import sys
from contextlib import contextmanager

from program import ROOT

SCRIPT = ROOT / "tests/milvus/server.py"


class Milvus:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.do("start")
        self.missing = (folder / "reason").read_text().strip() if (folder / "reason").exists() else ""

    def do(self, command: str, *more: str):
        """start, stop, again, or signal NAME."""
        subprocess.run([sys.executable, SCRIPT, command, self.folder, *more], check=True, capture_output=True, timeout=300)

    @property
    def endpoint(self) -> str:
        return (self.folder / "address").read_text().strip()

    def config(self, **milvus: object) -> str:
        """The table [milvus] of a config file. Its times are those of a busy machine."""
        settings = {"endpoints": [self.endpoint], "user": "root", "password": "Milvus", "consistency": "strong",
                    "attempt_ms": 5_000, "deadline_ms": 90_000, "setup_deadline_ms": 180_000} | milvus
        return "[milvus]\n" + "".join(f"{key} = {str(value) if not isinstance(value, str) else repr(value)}\n"
                                      for key, value in settings.items())


@contextmanager
def milvus_server(folder: pathlib.Path):
    """A running one, or one with `missing`."""
    milvus = Milvus(folder)
    try:
        yield milvus
    finally:
        milvus.do("stop")
