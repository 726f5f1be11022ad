#!/bin/sh
# The commands behind models/detector, from the repository root. SHARED holds the public data sets,
# RENDERS the products that tools/demo_catalog renders for training (none of them is in the demo).
# Two CPU cores, about 65 minutes.
set -eu
: "${SHARED:=../shared}" "${RENDERS:=build/renders/train}" "${OUT:=build/detector}"
export PYTHONPATH=training

python training/scripts/train_detector.py --data "$SHARED/data" --renders "$RENDERS" \
    --out "$OUT/first" --minutes 24 --fine-from 0.7
python training/scripts/train_detector.py --data "$SHARED/data" --renders "$RENDERS" \
    --init "$OUT/first/last.pt" --out "$OUT/second" --minutes 36 --fine-from 0.4 --seed 1
python training/scripts/export_detector.py --checkpoint "$OUT/second/last.pt" \
    --data "$SHARED/data" --renders "$RENDERS" --demo demo --out models/detector
