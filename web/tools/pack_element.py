#!/usr/bin/env python3
"""Bundles <shop-by-image> into one module, and fails if it is too heavy for a shop's page.

    tools/pack_element.py --esbuild esbuild --out build/release/share/snapshelf/web/shop-by-image.js
    tools/pack_element.py --catalog catalog.json       # only its messages, for tests

Of the catalog of messages it takes along what element/message_keys.ts names, in all languages.
"""

import argparse
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile

WEB = pathlib.Path(__file__).resolve().parents[1]
BYTES_MAX = 60_000  # gzip


def catalog() -> dict[str, list[str]]:
    """By language, the texts in the order of the keys."""
    source = (WEB / "element/message_keys.ts").read_text(encoding="utf-8")
    keys = re.findall(r'"([a-z]+\.\w+)"', source, re.ASCII)
    languages = {path.stem: json.loads(path.read_text(encoding="utf-8"))
                 for path in sorted((WEB / "src/locales").glob("*.json"))}
    return {code: [messages[key] for key in keys] for code, messages in languages.items()}


def write_catalog(path: pathlib.Path) -> None:
    path.write_text(json.dumps(catalog(), ensure_ascii=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--esbuild", default="esbuild")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--catalog", type=pathlib.Path)
    options = parser.parse_args()
    if options.catalog:
        write_catalog(options.catalog)
    if not options.out:
        return
    with tempfile.TemporaryDirectory() as folder:
        messages = pathlib.Path(folder) / "catalog.json"
        write_catalog(messages)
        subprocess.run([options.esbuild, "element/shop_by_image.ts", "--bundle", "--minify", "--format=esm",
                        "--target=es2022", "--charset=utf8", "--loader:.css=text", "--log-level=warning",
                        f"--alias:element-catalog={messages}", f"--outfile={options.out}"], cwd=WEB, check=True)
    size = len(gzip.compress(options.out.read_bytes(), 9))
    print(f"the element: {size} bytes (gzip) of at most {BYTES_MAX}")
    if size > BYTES_MAX:
        options.out.unlink()
        sys.exit("too heavy for a shop's page")


if __name__ == "__main__":
    main()
