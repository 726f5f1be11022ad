#!/bin/sh
# Checks deploy/ with linters from PyPI, which `./snapshelf test` installs; the arguments go to pytest.
set -eu
cd "$(dirname "$0")/../.."
python=$PWD/build/deploy-venv/bin/python
if ! "$python" -c "import check_jsonschema, kubernetes_validate, promql_parser, pytest, yaml" 2>/dev/null; then
  echo "Skipped: no linters in build/deploy-venv; ./snapshelf test installs them from PyPI"
  exit 77
fi
PYTHONDONTWRITEBYTECODE=1 exec "$python" -m pytest -p no:cacheprovider tests/deploy "$@"
