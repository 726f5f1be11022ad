#!/usr/bin/env python3
"""Fails unless every language has the messages of English, with the same values in braces.

    tools/check_messages.py src/locales
"""

import json
import pathlib
import re
import sys


def values(pattern: str) -> set[str]:
    """The names in {name} and {name, plural, ...}."""
    return set(re.findall(r"\{\s*(\w+)\s*(?:,\s*plural|\})", pattern, re.ASCII))


def faults(english: dict[str, str], other: dict[str, str]) -> list[str]:
    found = [f"lacks {key}" for key in english if not other.get(key, "").strip()]
    found += [f"has {key}, which English lacks" for key in other if key not in english]
    return found + [f"{key}: other values in braces than English" for key in english
                    if key in other and values(other[key]) != values(english[key])]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    english = json.loads((folder / "en.json").read_text(encoding="utf-8"))
    status = 0
    for path in sorted(folder.glob("*.json")):
        for fault in faults(english, json.loads(path.read_text(encoding="utf-8"))):
            print(f"{path}: {fault}", file=sys.stderr)
            status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
