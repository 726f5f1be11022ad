"""Recall, precision and AP50 of detections against true boxes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from snapshelf_training.detector.classes import IGNORE
from snapshelf_training.detector.compose import Sample
from snapshelf_training.detector.decode import Detections, box_iou, read_output

# A picture [s, s, 3] uint8 to the exported output [4 + C, A].
Runner = Callable[[np.ndarray], np.ndarray]


@dataclass
class Scores:
    """Figures at one threshold, classes not compared, and AP50 over all thresholds.

    named: share of the found boxes with the right class.
    """

    recall: float
    precision: float
    false_per_picture: float
    ap50: float
    named: float


def match(found: Detections, boxes: np.ndarray, labels: np.ndarray, iou: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """For every detection (best first) the true box it finds, or -1; and which detections count.

    A true box is found once. Detections that lie on IGNORE boxes do not count.
    """
    real = labels != IGNORE
    hits = np.full(len(found.scores), -1)
    counted = np.ones(len(found.scores), bool)
    overlap = box_iou(found.boxes, boxes)
    free = real.copy()
    for index in range(len(hits)):
        candidates = np.where(free, overlap[index], 0) if len(boxes) else np.zeros(0)
        if len(candidates) and candidates.max() >= iou:
            hits[index] = int(candidates.argmax())
            free[hits[index]] = False
        elif (~real).any():
            low = np.maximum(found.boxes[index, :2], boxes[~real, :2])
            high = np.minimum(found.boxes[index, 2:], boxes[~real, 2:])
            covered = np.clip(high - low, 0, None).prod(-1).max()
            counted[index] = covered < 0.5 * (found.boxes[index, 2:] - found.boxes[index, :2]).prod()
    return hits, counted


def average_precision(scores: np.ndarray, correct: np.ndarray, truth_count: int) -> float:
    """Area under the precision-recall curve, precision made monotone."""
    order = np.argsort(-scores, kind="stable")
    true = np.cumsum(correct[order])
    precision = true / np.arange(1, len(true) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((precision * correct[order]).sum() / max(truth_count, 1))


def evaluate(run: Runner, samples: Iterable[Sample], threshold: float = 0.3, nms_iou: float = 0.5) -> Scores:
    """Runs the detector over samples whose boxes are in input pixels."""
    scores, correct, truth_count, pictures = [], [], 0, 0
    true_at, false_at, named = 0, 0, 0
    for sample in samples:
        found = read_output(run(sample.image), 0.01, nms_iou)
        hits, counted = match(found, sample.boxes, sample.labels)
        scores.append(found.scores[counted])
        correct.append(hits[counted] >= 0)
        above = found.scores >= threshold
        true_at += int((above & (hits >= 0)).sum())
        false_at += int((above & counted & (hits < 0)).sum())
        hit = above & (hits >= 0)
        named += int((found.labels[hit] == sample.labels[hits[hit]]).sum())
        truth_count += int((sample.labels != IGNORE).sum())
        pictures += 1
    ap50 = average_precision(np.concatenate(scores), np.concatenate(correct), truth_count)
    return Scores(
        recall=true_at / max(truth_count, 1),
        precision=true_at / max(true_at + false_at, 1),
        false_per_picture=false_at / max(pictures, 1),
        ap50=ap50,
        named=named / max(true_at, 1),
    )
