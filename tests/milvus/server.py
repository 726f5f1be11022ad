#!/usr/bin/env python3
"""A real Milvus server for tests, in a folder of its own.

    server.py start FOLDER [KEY=VALUE ...]   starts one; KEYs are Milvus' settings as environment variables
    server.py signal FOLDER NAME             sends its process a signal: STOP, CONT, KILL
    server.py again FOLDER                   starts it again on the same data and ports
    server.py stop FOLDER                    ends it and deletes its data

FOLDER gets: address (host:port), pid, server.log, and the data. Where no server can be had, it gets `reason`, one line,
instead, and `start` still succeeds: tests skip with that line.

The server comes from PyPI's package milvus in build/milvus-venv (tests/milvus/requirements.txt; ./snapshelf test installs
it). Ports are free ones. Milvus 2.3 listens on all interfaces whatever it is told, so the test server asks for a
password; etcd listens on loopback only.
"""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build" / "milvus-venv"
UNPACKED = VENV / "server"
START_SECONDS = 120
STOP_SECONDS = 20
PORTS = ["PROXY_PORT", "PROXY_INTERNALPORT", "ROOTCOORD_PORT", "DATACOORD_PORT", "QUERYCOORD_PORT", "QUERYNODE_PORT",
         "INDEXNODE_PORT", "DATANODE_PORT", "METRICS_PORT", "ETCD_CLIENT", "ETCD_PEER"]


def unpack() -> None:
    """Unpacks the server's programs beside the package, once, also when two tests start at a time."""
    if (UNPACKED / "bin" / "milvus").exists():
        return
    temporary = UNPACKED.with_name(f"server.{os.getpid()}")
    script = ("import sys; from milvus import _initialize_data_files, MilvusServerConfig as Config; "
              "_initialize_data_files(sys.argv[1]); config = Config(data_dir=sys.argv[1]); config.resolve()")
    subprocess.run([VENV / "bin" / "python", "-c", script, temporary], check=True, capture_output=True)
    try:
        temporary.rename(UNPACKED)
    except OSError:  # another was quicker
        shutil.rmtree(temporary)


def free_port(taken: set[int] = set()) -> int:
    """Another one at each call, below those that the system gives to clients: one of these may be gone when a server wants it."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as one:
            try:
                one.bind(("", port))
            except OSError:
                continue
        if port not in taken:
            taken.add(port)
            return port


def environment(folder: pathlib.Path, ports: dict[str, int], settings: dict[str, str]) -> dict[str, str]:
    etcd = folder / "etcd.yaml"
    client, peer = (f"http://127.0.0.1:{ports[name]}" for name in ("ETCD_CLIENT", "ETCD_PEER"))
    etcd.write_text(f"listen-client-urls: {client}\nadvertise-client-urls: {client}\nlisten-peer-urls: {peer}\n"
                    f"initial-advertise-peer-urls: {peer}\ninitial-cluster: default={peer}\n"
                    # A killed process loses nothing by it, only a killed machine.
                    "unsafe-no-fsync: true\n"
                    # It maps as much at once: 10 GB if not told, which a machine may refuse.
                    f"quota-backend-bytes: {256 << 20}\n")
    roles = ["ROOTCOORD", "DATACOORD", "QUERYCOORD", "PROXY", "QUERYNODE", "DATANODE", "INDEXNODE"]
    return {
        **os.environ,
        **{name: str(port) for name, port in ports.items() if not name.startswith("ETCD")},
        **{f"{role}_IP": "127.0.0.1" for role in roles},
        "DEPLOY_MODE": "STANDALONE",
        "LD_LIBRARY_PATH": str(UNPACKED / "bin"),
        "MILVUSCONF": str(UNPACKED / "configs"),
        "MILVUS_RUN_DIR": str(folder / "run"),
        "ETCD_USE_EMBED": "true",
        "ETCD_ENDPOINTS": f"127.0.0.1:{ports['ETCD_CLIENT']}",
        "ETCD_CONFIG_PATH": str(etcd),
        "ETCD_DATA_DIR": str(folder / "data" / "etcd"),
        "ROCKSMQ_PATH": str(folder / "data" / "rocksmq"),
        "LOCALSTORAGE_PATH": str(folder / "data" / "files"),
        "LOG_LEVEL": "warn",
        "LOG_FILE_ROOTPATH": "",
        "COMMON_SECURITY_AUTHORIZATIONENABLED": "true",
        "COMMON_GRACEFULSTOPTIMEOUT": "3",
        # So long a server that was killed keeps its successor waiting; one that is stopped for longer ends itself.
        "COMMON_SESSION_TTL": "10",
        # Readers wait for it after each write: a fifth of the usual time makes the tests that much quicker. It goes
        # to every channel, so there are few.
        "PROXY_TIMETICKINTERVAL": "40",
        "ROOTCOORD_DMLCHANNELNUM": "4",
        # A new collection is loaded when the coordinators look next: seconds later by themselves.
        "QUERYCOORD_CHECKCHANNELINTERVAL": "100",
        "QUERYCOORD_CHECKSEGMENTINTERVAL": "100",
        "QUERYCOORD_CHECKINTERVAL": "100",
        "QUERYCOORD_DISTPULLINTERVAL": "100",
        "QUERYCOORD_UPDATENEXTTARGETINTERVAL": "1",
        # Without it a growing segment of some thousands answers approximately, and FLAT is not exact.
        "QUERYNODE_SEGCORE_INTERIMINDEX_ENABLEINDEX": "false",
        **settings,
    }


def run(folder: pathlib.Path) -> None:
    """Starts the server; anew if it ends at once, as 2.3.5 now and then does (a nil pointer) where it was killed."""
    for tries_left in (2, 1, 0):
        try:
            return run_once(folder)
        except ChildProcessError:
            if not tries_left:
                raise


def last_words(log: pathlib.Path) -> str:
    """The line in which a server that ended says why, as far as it does."""
    lines = log.read_text(errors="replace").splitlines()
    telling = [line for line in lines if re.match(r"panic: |fatal error: |terminate called|\s+what\(\): ", line)]
    details = [line for line in lines if '"level":"panic"' in line or '"level":"fatal"' in line or "] [PANIC] [" in line]
    return " ".join(line.strip()[:300] for line in telling[-1:] + details[-1:]) or "no word why"


def run_once(folder: pathlib.Path) -> None:
    """Starts the process and waits until it says that it is well."""
    state = json.loads((folder / "state.json").read_text())
    (folder / "run").mkdir(exist_ok=True)
    with open(folder / "server.log", "a") as log:
        process = subprocess.Popen(
            [UNPACKED / "bin" / "milvus", "run", "standalone"], stdout=log, stderr=log, cwd=folder,
            env=environment(folder, state["ports"], state["settings"]), start_new_session=True)
    (folder / "pid").write_text(str(process.pid))
    health = f"http://127.0.0.1:{state['ports']['METRICS_PORT']}/healthz"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ChildProcessError(f"Milvus ended with {process.returncode}: {last_words(folder / 'server.log')}")
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:
                if "OK" in answer.read().decode():
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"Milvus was not ready within {START_SECONDS} s, see {folder}/server.log")


def start(folder: pathlib.Path, settings: dict[str, str]) -> None:
    stop(folder)
    folder.mkdir(parents=True)
    if not (VENV / "bin" / "python").exists():
        (folder / "reason").write_text("no Milvus in build/milvus-venv; ./snapshelf test installs it\n")
        return
    try:
        unpack()
        ports = {name: free_port() for name in PORTS}
        (folder / "state.json").write_text(json.dumps({"ports": ports, "settings": settings}))
        run(folder)
        (folder / "address").write_text(f"127.0.0.1:{ports['PROXY_PORT']}\n")
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        (folder / "reason").write_text(f"Milvus did not start: {error}".replace("\n", " ") + "\n")


def pid_of(folder: pathlib.Path) -> int | None:
    """The process, if it still is the one that was started here."""
    try:
        pid = int((folder / "pid").read_text())
        if f"MILVUS_RUN_DIR={folder}/run" in pathlib.Path(f"/proc/{pid}/environ").read_text():
            return pid
    except (OSError, ValueError):
        pass
    return None


def stop(folder: pathlib.Path) -> None:
    pid = pid_of(folder)
    if pid is not None:
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGTERM)
        wait_for_end(folder)
    shutil.rmtree(folder, ignore_errors=True)


def wait_for_end(folder: pathlib.Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while (pid := pid_of(folder)) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def main() -> int:
    command, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if command == "start":
        start(folder, dict(setting.split("=", 1) for setting in sys.argv[3:]))
        for name in ("address", "reason"):
            if (folder / name).exists():
                print((folder / name).read_text(), end="")
    elif command == "stop":
        stop(folder)
    elif command == "again":
        run(folder)
    elif command == "signal":
        os.kill(pid_of(folder), getattr(signal, f"SIG{sys.argv[3]}"))
        if sys.argv[3] == "KILL":
            wait_for_end(folder)
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
