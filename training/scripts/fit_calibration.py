"""Fits what a cosine means, tells how reliable that is, and writes it into an embedder's card. Takes half a minute.

    PYTHONPATH=training python training/scripts/fit_calibration.py --card models/embedder/model.json --shared ../shared \
        --cache shared_cache --cache renders_cache

Needs a cache of the real photos and one of renders (make_cache.py). Run it after every export: export_embedder.py writes
a card without calibration. --dry-run prints and writes nothing.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from snapshelf_training import calibration, calibration_sets, export
from snapshelf_training.calibration import Calibration, Pairs
from snapshelf_training.calibration_sets import Set
from snapshelf_training.data import read_cache
from snapshelf_training.onnx_embed import embed_with_onnx

FITTED, REPORTED = 0, 1


def collect(card: Path, folders: list[Path]) -> list[Set]:
    embed, size = embed_with_onnx(card)
    caches = [read_cache(folder) for folder in folders]
    are_renders = [any(entry.source == "render" for entry in cache.entries) for cache in caches]
    if sorted(are_renders) != [False, True]:
        raise SystemExit("--cache: needed are one cache of the real photos and one of renders")
    shared, renders = caches[are_renders.index(False)], caches[are_renders.index(True)]
    photos, catalogs = calibration_sets.embed_shared(embed, shared, size)
    grounds = [shared.picture(row) for row, entry in enumerate(shared.entries) if entry.source == "coco"]
    photos["renders"], catalogs["renders"] = calibration_sets.embed_renders(embed, renders, grounds, size)
    return calibration_sets.list_sets(photos, catalogs)


def figures(fitted: Calibration, pairs: Pairs) -> dict:
    likeness = fitted.likeness(pairs)
    rows, error = calibration.reliability(likeness, pairs)
    good = calibration.shares_called_good(likeness, pairs, fitted.good_match)
    return {
        "auc": round(calibration.area_under_curve(likeness, pairs), 3),
        "calibration_error": round(error, 3),
        "called_good": {kind: round(share, 3) for kind, share in good.items()},
        "reliability": rows,
    }


def print_sets(fitted: Calibration, sets: list[Set], kind_of_item: Callable[[str], str]) -> None:
    """What each set's best products are told, against the truth, on the half that fitted nothing."""
    for one in sets:
        pairs = calibration_sets.pairs_of(one, kind_of_item, REPORTED)
        best = pairs.pick(pairs.ranks == 1)
        told = fitted.likeness(best)
        good = (told >= fitted.good_match).mean()
        print(f"{one.kind:9} {one.name:20} {len(told):4} photos  told {told.mean():.2f}  true {best.same.mean():.2f}  called good {good:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/grocery/classes.csv")
    parser.add_argument("--cache", type=Path, action="append", required=True, help="folder of make_cache.py; twice")
    parser.add_argument("--dry-run", action="store_true")
    arguments = parser.parse_args()
    coarse = calibration_sets.coarse_classes(arguments.shared / "data/grocery")

    def kind_of_item(item: str) -> str:
        return calibration_sets.kind_of(item, coarse)

    sets = collect(arguments.card, arguments.cache)
    to_fit, to_report = (calibration_sets.join(sets, kind_of_item, half) for half in (FITTED, REPORTED))
    for name, with_background in (("cosine alone", False), ("with background", True)):
        fitted = calibration.fit(to_fit, with_background)
        fitted = calibration.with_good_match(fitted, to_fit)
        report = figures(fitted, to_report)
        table = report.pop("reliability")
        print(f"{name}: {json.dumps(fitted.card())}\n  {json.dumps(report)}")
        for row in table:
            print(f"  told {row['told']:.2f}  true {row['true']:.2f}  {row['pairs']} pairs")
    print_sets(fitted, sets, kind_of_item)
    if not arguments.dry_run:
        card = json.loads(arguments.card.read_text(encoding="utf-8"))
        card["calibration"] = fitted.card()
        card.setdefault("scores", {})["likeness"] = report
        export.write_card(arguments.card, card)


if __name__ == "__main__":
    main()
