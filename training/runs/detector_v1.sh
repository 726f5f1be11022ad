#!/bin/sh
# The commands behind models/detector, from the repository root. SHARED holds the public data sets,
# RENDERS the products that tools/demo_catalog renders for training (none of them is in the demo).
set -eu
: "${SHARED:=../shared}" "${RENDERS:=build/renders/train}" "${OUT:=build/detector}"
export PYTHONPATH=training

python training/scripts/train_detector.py --data "$SHARED/data" --renders "$RENDERS" \
    --out "$OUT" --minutes 20 --sizes 192 256 --samples 2048 --threads 1
python training/scripts/export_detector.py --checkpoint "$OUT/last.pt" \
    --data "$SHARED/data" --renders "$RENDERS" --demo demo --out models/detector
