"""Writes api/openapi.yaml as JSON: python3 to_json.py openapi.yaml OUT.json (needs python3-yaml)."""

import json
import sys
from pathlib import Path

import yaml


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(yaml.safe_load(source.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
