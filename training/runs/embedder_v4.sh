#!/bin/sh
# The commands behind models/embedder version 4: it goes on from version 3 (embedder_v3.sh, $WORK/run6). The first two
# runs were stopped before their rate had fallen, the first after 8 minutes by the clock, the second at the end of its
# 160 px; LOG.md has the pictures seen.
set -eu
: "${SHARED:?}" "${WORK:?}"
export PYTHONPATH=training OMP_NUM_THREADS=1

run() { # out, start, seed, options
  out=$1 start=$2 seed=$3
  shift 3
  python training/scripts/train_embedder.py \
    --cache "$WORK/shared" --cache "$WORK/renders1" --cache "$WORK/renders2" --out "$WORK/$out" \
    --start-from "$WORK/$start/last.pt" --seed "$seed" \
    --grocery-items 10 --magento-items 12 --render-items 12 --prints 6 --recoloured 0.25 --singles 28 --heavy 0.6 \
    --contrastive-weight 1.5 --contrastive-temperature 0.08 --cosine-weight 3 "$@"
}

run run7a run6 7 --phase 160:85 --rate 7e-4 1e-5
run run7b run7a 8 --phase 160:32 --phase 192:40 --rate 7e-4 1e-5
run run7c run7b 9 --phase 192:32 --rate 4.5e-4 1e-5
python training/scripts/export_embedder.py --checkpoint "$WORK/run7c/last.pt" --size 192 --version 4 --out "$WORK/embedder_v4" \
  --cache "$WORK/shared" --cache "$WORK/renders2"
python training/scripts/quantise.py --model "$WORK/embedder_v4" --out models/embedder \
  --cache "$WORK/shared" --cache "$WORK/renders2" --measure-cache "$WORK/shared" --catalog demo/catalog.csv --truth demo/truth.jsonl
python training/scripts/fit_calibration.py --card models/embedder/model.json --shared "$SHARED" \
  --cache "$WORK/shared" --cache "$WORK/renders2"
