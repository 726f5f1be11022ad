#!/bin/sh
# The commands behind models/embedder version 5: version 4 (its int8 file, as models/embedder was then), made deeper and trained on
# one GPU for $MINUTES by the clock beside the detector (detector_v3.sh) and YOLOv1; LOG.md has the pictures seen. The pictures of
# $SHARED had been shrunk to 232 px (Magento 320, COCO 448) and packed as WebP; $RENDERS are `make.py train --count 520 --views 5`.
#   embedder_v5.sh train     on the GPU
#   embedder_v5.sh export    on a CPU, from $WORK/run8
set -eu
: "${SHARED:?}" "${WORK:?}" "${RENDERS:?}" "${MINUTES:=8}" "${DEVICE:=cuda}" "${START:=models/embedder/model.onnx}"
export PYTHONPATH=training OMP_NUM_THREADS=1

case "$1" in
train)
  python training/scripts/make_cache.py --shared "$SHARED" --out "$WORK/shared" --device "$DEVICE" --threads 12
  python training/scripts/make_cache.py --shared "$SHARED" --renders "$RENDERS" --out "$WORK/renders" --device "$DEVICE" --threads 12
  python -m snapshelf_training.deepen "$START" --blocks 3 4 6 1 --name resnet34-slim --seen 636240 \
    --cache "$WORK/shared" --cache "$WORK/renders" --out "$WORK/start.pt"
  python training/scripts/train_embedder.py --cache "$WORK/shared" --cache "$WORK/renders" --out "$WORK/run8" \
    --start-from "$WORK/start.pt" --device "$DEVICE" --workers 8 --seed 10 --phase "192:$MINUTES" --rate 1.2e-3 1e-5 --ema-decay 0.998 \
    --grocery-items 20 --magento-items 24 --render-items 24 --prints 12 --recoloured 0.25 --singles 56 --heavy 0.6 \
    --contrastive-weight 1.5 --contrastive-temperature 0.08 --cosine-weight 3 \
    --free-views 256 --teachers "$SHARED/models"
  ;;
export)
  python training/scripts/export_embedder.py --checkpoint "$WORK/run8/last.pt" --size 192 --version 5 --out "$WORK/embedder_v5" \
    --cache "$WORK/shared" --cache "$WORK/renders"
  python training/scripts/quantise.py --model "$WORK/embedder_v5" --out models/embedder \
    --cache "$WORK/shared" --cache "$WORK/renders" --measure-cache "$WORK/shared" --catalog demo/catalog.csv --truth demo/truth.jsonl
  python training/scripts/fit_calibration.py --card models/embedder/model.json --shared "$SHARED" \
    --cache "$WORK/shared" --cache "$WORK/renders"
  ;;
esac
