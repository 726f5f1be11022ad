#!/usr/bin/env python3
"""Writes the service worker, which keeps the files that the page starts with, and fails if their scripts are too heavy.

    tools/pack_shell.py --esbuild esbuild --worker src/worker/service_worker.ts --page build/release/share/snapshelf/web
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys

SCRIPT_BYTES_MAX = 120_000  # gzip; what a phone has to load before the page works
SHELL = ["app.js", "photo_worker.js", "styles.css", "index.html", "icon.svg", "manifest.webmanifest",
         "icons/icon-192.png"]


def start_scripts(page: pathlib.Path) -> list[pathlib.Path]:
    """app.js with what it imports at once, and the worker; languages are loaded one at a time."""
    found, todo = [], [page / "app.js", page / "photo_worker.js"]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.append(path)
        for name in re.findall(r'(?:import|from)\s*"(\./[^"]+)"', path.read_text(encoding="utf-8")):
            todo.append((path.parent / name).resolve())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--esbuild", required=True)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--page", required=True, type=pathlib.Path)
    options = parser.parse_args()
    page = options.page.resolve()

    scripts = start_scripts(page)
    size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts)
    print(f"the page's scripts: {size} bytes (gzip) of at most {SCRIPT_BYTES_MAX}")
    if size > SCRIPT_BYTES_MAX:
        sys.exit(f"{', '.join(path.name for path in scripts)}: too heavy for a phone")

    chunks = [str(path.relative_to(page)) for path in scripts if path.parent.name == "assets"]
    files = sorted({*SHELL, *chunks})
    version = hashlib.sha256(b"".join((page / name).read_bytes() for name in files)).hexdigest()[:12]
    paths = ["/", *(f"/{name}" for name in files if name != "index.html")]
    subprocess.run([options.esbuild, options.worker, "--bundle", "--minify", "--target=es2022", "--log-level=warning",
                    f"--define:SHELL_FILES={json.dumps(paths)}", f"--define:SHELL_VERSION={json.dumps(version)}",
                    f"--outfile={page / 'sw.js'}"], check=True)


if __name__ == "__main__":
    main()
