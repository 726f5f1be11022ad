"""python -m snapshelf_training COMMAND: what needs no script of its own. --help tells more."""

import argparse

from . import finetune_command, judge


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m snapshelf_training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    judge.add_command(commands)
    finetune_command.add_command(commands)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
