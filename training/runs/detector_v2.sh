#!/bin/sh
# The commands behind models/detector version 2: it goes on from version 1 (detector_v1.sh, $OUT/last.pt).
set -eu
: "${SHARED:=../shared}" "${RENDERS:=build/renders/train}" "${OUT:=build/detector}"
export PYTHONPATH=training OMP_NUM_THREADS=1

python training/scripts/train_detector.py --data "$SHARED/data" --renders "$RENDERS" --init "$OUT/last.pt" --out "$OUT/v2" \
  --minutes 32 --sizes 192 224 --threads 1 --rate 1.5e-3 --clothing 160 --samples 2048 --seed 7
python training/scripts/export_detector.py --checkpoint "$OUT/v2/last.pt" --version 2 \
  --data "$SHARED/data" --renders "$RENDERS" --demo demo --out models/detector
