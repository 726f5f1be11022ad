#!/bin/sh
# What each part of the embedder's training is worth: equal processor time from random weights, one part left out at
# a time. The figures are in LOG.md; MINUTES may be given for longer runs.
set -eu
: "${WORK:?}"
export PYTHONPATH=training OMP_NUM_THREADS=1

run() { # name, options that replace those of the full recipe
  name=$1
  shift
  python training/scripts/train_embedder.py \
    --cache "$WORK/shared" --cache "$WORK/renders1" --cache "$WORK/renders2" --out "$WORK/ablation/$name" \
    --phase "96:${MINUTES:-5}" --report-minutes 60 --seed 11 \
    --grocery-items 10 --magento-items 10 --render-items 12 --prints 6 --recoloured 0.25 --singles 32 --heavy 0.6 \
    --contrastive-weight 1.5 --contrastive-temperature 0.08 --cosine-weight 3 "$@" | tee "$WORK/ablation/$name.log"
}

mkdir -p "$WORK/ablation"
run full
run no_cosine --cosine-weight 0
run no_relational --relational-weight 0
run no_contrastive --contrastive-weight 0
run no_teachers --cosine-weight 0 --relational-weight 0
run no_heavy --heavy 0
run no_inventions --prints 0 --recoloured 0
run no_renders --render-items 0
