#!/bin/sh
# The commands behind models/embedder version 1. Times are wall-clock minutes on two cores that other work kept busy,
# so that a quiet machine sees many more pictures in them. $SHARED holds data/ and models/, $WORK takes caches and runs.
set -eu
: "${SHARED:?}" "${WORK:?}"
export PYTHONPATH=training OMP_NUM_THREADS=1

python training/scripts/make_cache.py --shared "$SHARED" --out "$WORK/shared"
python training/scripts/make_cache.py --shared "$SHARED" --renders "$WORK/renders" --limit 420 --out "$WORK/renders1"
python training/scripts/make_cache.py --shared "$SHARED" --renders "$WORK/renders" --no-teachers --out "$WORK/renders2"

python training/scripts/train_embedder.py --cache "$WORK/shared" --cache "$WORK/renders1" --out "$WORK/run1" \
  --phase 96:30 --rate 1.5e-3 1.2e-3 --grocery-items 14 --magento-items 12 --render-items 16 --singles 44
python training/scripts/train_embedder.py --cache "$WORK/shared" --cache "$WORK/renders1" --out "$WORK/run2" \
  --start-from "$WORK/run1/last.pt" --phase 64:6 --rate 1.5e-3 1.5e-3 \
  --grocery-items 7 --magento-items 5 --render-items 12 --singles 16 --heavy 0.35
torchrun --standalone --nproc-per-node 2 training/scripts/train_embedder.py \
  --cache "$WORK/shared" --cache "$WORK/renders1" --cache "$WORK/renders2" --out "$WORK/run3" \
  --start-from "$WORK/run2/last.pt" --phase 64:12 --rate 1.5e-3 1e-5 \
  --grocery-items 6 --magento-items 4 --render-items 14 --singles 16 --heavy 0.4
# Stopped after 9 of its 12 minutes, when the checkpoint had seen 100,928 pictures.
torchrun --standalone --nproc-per-node 2 training/scripts/train_embedder.py \
  --cache "$WORK/shared" --cache "$WORK/renders1" --cache "$WORK/renders2" --out "$WORK/run4" \
  --start-from "$WORK/run3/last.pt" --phase 96:4.5 --rate 8e-4 1e-5 \
  --grocery-items 6 --magento-items 5 --render-items 16 --singles 10 --heavy 0.5
python training/scripts/export_embedder.py --checkpoint "$WORK/run4/last.pt" --size 96 --out models/embedder \
  --cache "$WORK/shared" --cache "$WORK/renders2"
