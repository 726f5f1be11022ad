#!/bin/sh
# The command behind models/embedder version 3: it goes on from version 2 (embedder_v2.sh, $WORK/run5). Minutes
# were wall-clock then, on cores that other work kept busy; LOG.md has the pictures seen.
set -eu
: "${SHARED:?}" "${WORK:?}"
export PYTHONPATH=training OMP_NUM_THREADS=1

python training/scripts/train_embedder.py \
  --cache "$WORK/shared" --cache "$WORK/renders1" --cache "$WORK/renders2" --out "$WORK/run6" \
  --start-from "$WORK/run5/last.pt" --phase 128:22 --phase 160:42 --rate 1e-3 1e-5 \
  --grocery-items 10 --magento-items 10 --render-items 12 --prints 6 --recoloured 0.25 --singles 32 --heavy 0.6 \
  --contrastive-weight 1.5 --contrastive-temperature 0.08 --cosine-weight 3 --seed 6
python training/scripts/export_embedder.py --checkpoint "$WORK/run6/last.pt" --size 160 --version 3 --out models/embedder \
  --cache "$WORK/shared" --cache "$WORK/renders2"
python training/scripts/fit_calibration.py --card models/embedder/model.json --shared "$SHARED" \
  --cache "$WORK/shared" --cache "$WORK/renders2"
