"""Where the time goes."""

import cProfile
import pstats
import tempfile
from dataclasses import replace
from pathlib import Path

from sklearn_bigram import CountBigramLM, NeuralBigramLM, count_bigrams

from . import data
from .command_line import run


def profile(sizes, n_lines=12):
    """Print the functions that take the most time in each work."""
    names, many = data.lecture_names(sizes.names), data.many_names(sizes.many)
    model = CountBigramLM().fit(names)
    ids = model.tokenizer_.transform(many)
    by_id = CountBigramLM().fit(model.tokenizer_.transform(names))
    zipf = data.zipf_ids(max(sizes.alphabets), sizes.bigrams)
    large = NeuralBigramLM().fit(zipf)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "names.txt")
        data.name_file(path, sizes.file_bytes // 8)
        lines = Path(folder, "lines.txt")
        data.line_file(lines, sizes.lines // 10)
        here = replace(sizes, isolated=False)
        few, cells = f"{len(names):,} str", f"V = {max(sizes.alphabets):,}"
        works = {
            f"CountBigramLM().fit, {few}": (lambda: CountBigramLM().fit(names), 100),
            f"NeuralBigramLM().fit, {few}": (lambda: NeuralBigramLM().fit(names), 100),
            f"CountBigramLM().fit, {len(many):,} str": (lambda: CountBigramLM().fit(many), 3),
            "count_bigrams, file": (lambda: count_bigrams(path), 3),
            "sklearn-bigram score": (lambda: run(here, "score", data.NAMES, lines), 1),
            "sklearn-bigram tune": (lambda: run(here, "tune", lines), 1),
            f"score_samples, {len(many):,} str": (lambda: model.score_samples(many), 3),
            f"score_samples, {len(many):,} CSR rows": (lambda: by_id.score_samples(ids), 3),
            f"sample({len(many):,})": (lambda: model.sample(len(many)), 3),
            "sample(10)": (lambda: model.sample(10), 100),
            f"CountBigramLM().fit, {cells}": (lambda: CountBigramLM().fit(zipf), 1),
            f"NeuralBigramLM().fit, {cells}": (lambda: NeuralBigramLM().fit(zipf), 1),
            f"sample(100,000), {cells}": (lambda: large.sample(100_000), 1),
            f"score_samples, {cells}": (lambda: large.score_samples(zipf), 1),
        }
        for label, (call, n_runs) in works.items():
            call()
            profiler = cProfile.Profile()
            with profiler:
                for _ in range(n_runs):
                    call()
            print(f"\n== {label}, {n_runs} run(s)")
            stats = pstats.Stats(profiler).strip_dirs().sort_stats("tottime")
            stats.print_stats(n_lines)
