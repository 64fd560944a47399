"""Measure ours against others: ``python -m tests.benchmarks``."""

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path

from .harness import FULL, QUICK, Report, fresh, pin_threads

_DOCS = Path(__file__).resolve().parents[2] / "docs"


def all_works():
    """Return the works: each a function of the sizes, run in a process of its own."""
    from .classifying import classify
    from .command_line import commands, growth_of_files
    from .counting import count_file, fit_count
    from .inference import infer
    from .inputs import containers, token_ids, weights, wide_text
    from .machine import limits, start
    from .modelling import fit_neural, sample, score
    from .scaling import alphabets, growth

    return (
        limits,
        start,
        fit_count,
        containers,
        token_ids,
        weights,
        count_file,
        wide_text,
        commands,
        fit_neural,
        sample,
        score,
        infer,
        classify,
        alphabets,
        growth,
        growth_of_files,
    )


def title(work):
    """Return the heading of a work: the first line of its docstring."""
    return work.__doc__.splitlines()[0].rstrip(".")


def main(argv=None):
    """Run the works, print the tables, and write them with the picture."""
    pin_threads()
    from .figures import renew
    from .profiling import profile
    from .report import draw, markdown

    known = {work.__name__: work for work in all_works()}
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="work", help=f"of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, in under a minute")
    parser.add_argument("--file-gb", type=float, help="size of the file that is counted")
    parser.add_argument("--profile", action="store_true", help="print where the time goes instead")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="the page; the picture goes beside it (docs/benchmarks.md if all is run in full)",
    )
    args = parser.parse_args(argv)
    if unknown := set(args.works).difference(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    sizes = QUICK if args.quick else FULL
    if args.file_gb is not None:
        sizes = replace(sizes, file_bytes=int(args.file_gb * 1e9))
    if args.profile:
        fresh(sizes, profile, sizes)
        return
    output = args.output
    if output is None and sizes == FULL and not args.works:
        output = _DOCS / "benchmarks.md"

    begin = time.perf_counter()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    report = Report()
    for name in args.works or known:
        start = time.perf_counter()
        found = fresh(sizes, known[name], sizes)
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
        report.merge(found, title(known[name]))
    picture = None
    if output is not None and report.series:
        with report.if_present():
            draw(report.series, output.with_suffix(".png"))
            picture = output.with_suffix(".png")
    if args.quick:  # the targets are those of the full sizes
        report.rows = [replace(row, target="", met=None) for row in report.rows]
    print(f"all: {time.perf_counter() - begin:.0f} s", flush=True)
    page = markdown(report, picture, load)
    print(page)
    if output is not None:
        output.write_text(page, encoding="utf-8")
    if output == _DOCS / "benchmarks.md":
        renew(_DOCS / "limits_figures.txt", report.rows)


if __name__ == "__main__":
    main()
