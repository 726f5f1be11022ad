#!/bin/sh
# The commands behind models/detector version 3: the medium network from random weights, on one GPU for $MINUTES by the clock beside
# the embedder (embedder_v5.sh, which says what was done to the pictures); LOG.md has the pictures seen.
#   detector_v3.sh train     on the GPU
#   detector_v3.sh export    on a CPU
set -eu
: "${SHARED:=../shared}" "${RENDERS:=build/renders/train}" "${OUT:=build/detector}" "${MINUTES:=8}" "${DEVICE:=cuda}"
export PYTHONPATH=training OMP_NUM_THREADS=1

case "$1" in
train)
  python training/scripts/train_detector.py --data "$SHARED/data" --renders "$RENDERS" --out "$OUT/v3" --device "$DEVICE" \
    --minutes "$MINUTES" --scale medium --sizes 192 256 256 --batch 64 --samples 24576 --workers 5 --threads 1 --rate 2.5e-3 \
    --clothing 160 --photo-share 0.35 --coco-weight 4 --seed 11
  ;;
export)
  python training/scripts/export_detector.py --checkpoint "$OUT/v3/last.pt" --version 3 \
    --data "$SHARED/data" --renders "$RENDERS" --demo demo --out models/detector
  ;;
esac
