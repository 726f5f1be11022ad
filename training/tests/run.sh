#!/bin/sh
# Runs training's tests on Debian's PyTorch, which `./snapshelf test` installs; the arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
python=$PWD/../build/training-venv/bin/python
if [ ! -x "$python" ]; then
  echo "Skipped: no PyTorch in build/training-venv; ./snapshelf test installs it"
  exit 77
fi
# One thread: the tests share the machine with others, and their networks are small.
OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 exec "$python" -m pytest -p no:cacheprovider tests "$@"
