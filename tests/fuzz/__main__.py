"""Look for failures in random cases: ``python -m tests.fuzz --seconds 600``."""

import argparse
import secrets
import sys

from ._runner import run, run_case, table
from .areas import AREAS


def main(argv=None, areas=AREAS):
    """Run the areas, or repeat one case. Return the exit status: 1 if there was a failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="default: 60")
    parser.add_argument("--seed", type=int, help="draw the same cases again")
    parser.add_argument("--only", choices=areas, action="append", help="an area; may be repeated")
    parser.add_argument("--case", nargs=2, metavar=("AREA", "SEED"), help="repeat one case")
    parser.add_argument("--limit", type=float, default=20, help="of a case, in s (default: 20)")
    args = parser.parse_args(argv)
    if args.case:
        area, seed = args.case
        if area not in areas:
            parser.error(f"there is no area {area!r}: choose from {', '.join(areas)}")
        failure = run_case(area, areas[area], int(seed), args.limit)
        print(failure or "no failure")
        return int(failure is not None)
    seed = secrets.randbits(32) if args.seed is None else args.seed
    print(f"seed {seed}", flush=True)
    chosen = {area: areas[area] for area in args.only or areas}
    tallies = run(chosen, args.seconds, seed, args.limit)
    print("\n".join(table(tallies)))
    return int(any(tally.failures for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
