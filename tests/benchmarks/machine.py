"""Works: what bounds all the others, and what it takes to start."""

import subprocess
import sys
import tempfile

import numpy as np

from . import data
from .harness import Cost, Report, one_time, timed
from .kernel import compile_kernel

_BASE = "`import numpy, scipy, sklearn.base`"
PROGRAMS = {
    "bare Python": "pass",
    "ours": "import sklearn_bigram",
    _BASE: "import numpy, scipy, sklearn.base",
    "command": f"from sklearn_bigram.cli import main; main(['sample', {str(data.NAMES)!r}])",
    "ten names": "from sklearn_bigram import CountBigramLM; from sklearn_bigram.datasets import "
    "load_names; print(CountBigramLM().fit(load_names()).sample(10))",
}


def join(names):
    """Do what any way to count a list of str must do."""
    return "\n".join(names).encode()


def limits(sizes):
    """Copy memory, join names, and count in C."""
    report = Report()
    names = data.many_names(sizes.many)
    text = np.frombuffer(join(names), dtype=np.uint8)
    text = np.resize(text, sizes.file_bytes // 8)
    copy = timed(sizes, np.copyto, np.empty_like(text), text, n=len(text), unit="B")
    report.add("machine: copy memory", copy)
    for n in (sizes.names, sizes.many):
        label = f"machine: joining {n:,} names, `'\\n'.join`"
        report.add(label, timed(sizes, join, names[:n]))
    with report.if_present(), tempfile.TemporaryDirectory() as folder:
        kernel = compile_kernel(folder)
        assert sum(map(int, kernel(text, 2))) == len(text) - 1
        for n_threads, label in ((1, "one thread"), (2, "two threads")):
            cost = timed(sizes, kernel, text, n_threads, n=len(text), unit="B")
            report.add(f"machine: C kernel that counts byte pairs, {label}", cost)
    return report


def start(sizes):
    """Start Python with and without us, in turns."""
    report = Report()
    times = {label: [] for label in PROGRAMS}
    for _ in range(1 + int(2 * sizes.budget)):
        for label, program in PROGRAMS.items():
            times[label].append(one_time(run_python, program))
    cost = {label: Cost(float(np.median(seconds))) for label, seconds in times.items()}
    ours, command, ten = (cost.pop(label) for label in ("ours", "command", "ten names"))
    alone = Cost(max(ours.seconds - cost["bare Python"].seconds, 1e-6))
    report.below("start: `import sklearn_bigram`, beyond bare Python", alone, 5e-3)
    report.versus("start: `import sklearn_bigram`", ours, cost)
    report.versus(
        "start: Python, the bundled names, `fit`, `sample(10)`",
        ten,
        cost,
        figures={_BASE: "start-fit"},
    )
    report.versus(
        "start: `sklearn-bigram sample names.txt`",
        command,
        cost,
        figures={_BASE: "start-command"},
    )
    return report


def run_python(program):
    """Run a program in a new Python."""
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
