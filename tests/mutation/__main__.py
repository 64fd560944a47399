"""Measure what the tests notice: ``python -m tests.mutation``.

Draw mutants of the package, and run each against the tests of its folder that reach the changed
line. A mutant that survives them is run against those of the folders of --also. In a checkout whose
tests are not in folders, all tests count as those of the folder.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from .mutants import FOLDERS, Mutant, all_mutants, draw, find


def read(path):
    """Return the results in a file by their mutants."""
    if path is None or not path.exists():
        return {}
    records = map(json.loads, path.read_text("utf-8").splitlines())
    return {Mutant(**record.pop("mutant")): record for record in records}


def test_files(tree, folders):
    """Return the files of tests in the folders, or all of them if there are no such folders."""
    tests = tree / "tests"
    nested = [path for folder in folders for path in (tests / folder).glob("test_*.py")]
    return sorted(path.relative_to(tree).as_posix() for path in nested or tests.glob("test_*.py"))


def report(results):
    """Yield the lines of the table of the folders, and those of the survivors."""
    yield "| folder | mutants | killed by own tests | killed in all | survived | killed, % |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    survivors = [mutant for mutant, result in results.items() if result["status"] == "survived"]
    for folder in (*FOLDERS, "all"):
        own = [result["own"] for m, result in results.items() if folder in (m.folder, "all")]
        survived = sum(folder in (mutant.folder, "all") for mutant in survivors)
        killed, n = len(own) - survived, len(own)
        percent = 100 * killed / max(n, 1)
        yield f"| {folder} | {n} | {sum(own)} | {killed} | {survived} | {percent:.1f} |"
    for mutant in survivors:
        tests = results[mutant]["tests"]
        yield f"\n{mutant.file}:{mutant.first} {mutant.function}, {mutant.operator}, tests: {tests}"
        yield f"- {mutant.before}\n+ {mutant.after}"


def main(argv=None):
    """Draw mutants, or find those of another run, run the tests on them and print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--number", type=int, default=400, help="of mutants (default: 400)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    parser.add_argument("--same-as", type=Path, help="an output: run its mutants, draw none")
    parser.add_argument("--tree", type=Path, default=".", help="the checkout (default: .)")
    parser.add_argument("--also", nargs="*", default=["models"], help="default: models")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument(
        "--output", type=Path, help="file of results, one a line; what it holds is not run again"
    )
    args = parser.parse_args(argv)
    tree, output = args.tree.resolve(), args.output and args.output.resolve()
    mutants = all_mutants(tree)
    if args.same_as:
        wanted = read(args.same_as)
        chosen = list(find(wanted, mutants))
        print(f"{len(chosen)} of {len(wanted)} mutants are in {tree}")
    else:
        chosen = draw(mutants, args.number, args.seed)
    results = read(output)
    if left := [mutant for mutant in chosen if mutant not in results]:
        from .runner import hunt, measure, prepare

        prepare(tree)
        tests = measure(
            test_files(tree, {mutant.folder for mutant in left} | {*args.also}), args.jobs
        )
        for mutant, result in hunt(left, tests, args.jobs):
            results[mutant] = result
            print(f"{mutant.file}:{mutant.first} {result['status']}", flush=True)
            if output:
                with output.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"mutant": asdict(mutant), **result}) + "\n")
    print("\n".join(report({mutant: results[mutant] for mutant in chosen})))


if __name__ == "__main__":
    main()
