"""Makes the demo catalog. Run by Blender; README.md beside this file has the commands."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import catalog  # noqa: E402  (found through the line above)
import scenes  # noqa: E402
import training  # noqa: E402


def main():
    """Reads the arguments after `--` and runs one part."""
    parser = argparse.ArgumentParser(prog="make.py", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    train = parts.add_parser("train", help="cut-out renders of other products, for training")
    train.add_argument("--out", required=True)
    train.add_argument("--count", type=int, default=500, help="products")
    train.add_argument("--views", type=int, default=5, help="pictures of each")
    train.add_argument("--first-seed", type=int, default=1000)
    train.add_argument("--families", nargs="*")
    train.add_argument("--side", type=int, default=192, help="pixels")
    train.add_argument("--samples", type=int, default=16)
    train.add_argument("--threads", type=int, default=0)
    shop = parts.add_parser("catalog", help="catalog pictures and catalog.csv")
    shop.add_argument("--out", default="demo")
    shop.add_argument("--families", nargs="*")
    shop.add_argument("--samples", type=int, default=24)
    shop.add_argument("--threads", type=int, default=0)
    photos = parts.add_parser("photos", help="shopper photos and truth.jsonl")
    photos.add_argument("--out", default="demo")
    photos.add_argument("--samples", type=int, default=14)
    photos.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args(sys.argv[sys.argv.index("--") + 1 :])
    if arguments.part == "catalog":
        catalog.run(arguments.out, arguments.samples, arguments.threads, arguments.families)
    elif arguments.part == "photos":
        scenes.run(arguments.out, arguments.samples, arguments.threads)
    else:
        training.run(arguments.out, arguments.count, arguments.views, arguments.first_seed, arguments.families, arguments.side,
                     arguments.samples, arguments.threads)


if __name__ == "__main__":
    main()
