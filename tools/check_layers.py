#!/usr/bin/env python3
"""Checks that every module includes only what the table below allows (docs/ARCHITECTURE.md shows the same table).

Run from anywhere: tools/check_layers.py. Prints each forbidden include and exits with 1 if there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# module -> modules whose headers it may include, besides its own and include/snapshelf/.
ALLOWED = {
    "base": set(),
    "kernels": set(),
    "runtime": {"base"},
    "photo": {"base"},
    "storage": {"base"},
    "detect": {"base", "photo", "runtime"},
    "embed": {"base", "photo", "runtime"},
    "rerank": {"base", "kernels", "photo"},
    "search": {"base", "kernels"},
    "search/exact": {"base", "kernels", "search"},
    "search/graph": {"base", "kernels", "search"},
    "search/embedded": {"base", "kernels", "storage", "search", "search/exact", "search/graph"},
    "search/milvus": {"base", "kernels", "search"},
    "products": {"base", "storage"},
    "products/sqlite": {"base", "storage", "products"},
    "products/postgres": {"base", "products"},
    "feeds": {"base", "storage"},
    "pipeline": {"base", "photo", "detect", "embed", "search", "rerank", "products", "feeds"},
    "server": {"base", "pipeline", "products"},
}

# Third-party headers and the only modules that may name them.
THIRD_PARTY = {
    "openvino/": {"runtime"},
    "vips/": {"photo"},
    "opencv2/": {"rerank"},
    "boost/": {"server"},
    "curl/": {"server"},
    "sqlite3.h": {"products/sqlite"},
    "libpq-fe.h": {"products/postgres"},
    "Eigen/": {"embed"},
    "openssl/": {"base"},
    "grpcpp/": {"search/milvus"},
    "milvus.": {"search/milvus"},
    "spdlog/": {"base"},
    "nlohmann/": {"runtime", "feeds", "server", "embed"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


def module_of(path: str) -> str | None:
    """The longest module name that `path`, relative to src/, lies in."""
    parts = path.split("/")[:-1]
    while parts:
        name = "/".join(parts)
        if name in ALLOWED:
            return name
        parts.pop()
    return None


def problems_of(source: pathlib.Path) -> list[str]:
    relative = source.relative_to(ROOT / "src").as_posix()
    module = module_of(relative)
    if module is None:
        return [f"src/{relative}: lies in no module of the table"]
    problems = []
    is_test = source.stem.endswith("_test")
    for quote, name in INCLUDE.findall(source.read_text()):
        if quote == '"' and not name.startswith("snapshelf/"):
            target = module_of(name)
            if target is None:
                problems.append(f'src/{relative}: "{name}" is no header of a module')
            elif target != module and target not in ALLOWED[module]:
                problems.append(f"src/{relative}: {module} may not include {target} ({name})")
        for prefix, owners in THIRD_PARTY.items():
            if not name.startswith(prefix):
                continue
            if module not in owners and not is_test:
                problems.append(f"src/{relative}: only {', '.join(sorted(owners))} may include <{name}>")
            if source.suffix == ".h":
                problems.append(f"src/{relative}: a header may not include third-party <{name}>")
    return problems


def main() -> int:
    sources = sorted(p for p in (ROOT / "src").rglob("*") if p.suffix in {".h", ".cpp"})
    problems = [problem for source in sources for problem in problems_of(source)]
    for header in (ROOT / "include").rglob("*.h"):
        for quote, name in INCLUDE.findall(header.read_text()):
            if quote == '"' and not name.startswith("snapshelf/"):
                problems.append(f"include/{header.name}: public headers may not include {name}")
    print("\n".join(problems) if problems else f"{len(sources)} files keep to the layers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
