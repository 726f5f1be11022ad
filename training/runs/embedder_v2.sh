#!/bin/sh
# The command behind models/embedder version 2: it goes on from version 1 (embedder_v1.sh, $WORK/run4). Minutes
# were wall-clock then, on cores that other work kept busy; LOG.md has the pictures seen.
set -eu
: "${SHARED:?}" "${WORK:?}"
export PYTHONPATH=training OMP_NUM_THREADS=1

python training/scripts/train_embedder.py \
  --cache "$WORK/shared" --cache "$WORK/renders1" --cache "$WORK/renders2" --out "$WORK/run5" \
  --start-from "$WORK/run4/last.pt" --phase 96:32 --phase 128:35 --rate 1e-3 1e-5 \
  --grocery-items 10 --magento-items 8 --render-items 14 --singles 32 --heavy 0.6 --contrastive-weight 1.0 --seed 5
python training/scripts/export_embedder.py --checkpoint "$WORK/run5/last.pt" --size 128 --version 2 --out models/embedder \
  --cache "$WORK/shared" --cache "$WORK/renders2"
python training/scripts/fit_calibration.py --card models/embedder/model.json --shared "$SHARED" \
  --cache "$WORK/shared" --cache "$WORK/renders2"
