"""The limits of the machine: memory, and counting pairs of bytes in compiled C."""

import ctypes
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np

KERNEL = """
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void count_pairs(const uint8_t *text, size_t n, uint32_t *table)
{
    for (size_t i = 0; i + 1 < n; i++) {
        uint16_t pair;
        memcpy(&pair, text + i, 2);
        table[pair]++;
    }
}
"""


def compile_kernel(folder):
    """Compile the kernel in this folder and return it as a function of an array of bytes.

    It counts on as many threads as asked for; ctypes lets them run side by side.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise ImportError("a C compiler")
    source, library = Path(folder, "kernel.c"), Path(folder, "kernel.so")
    source.write_text(KERNEL)
    options = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([compiler, *options, "-o", library, source], check=True)
    function = ctypes.CDLL(str(library)).count_pairs
    function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    function.restype = None

    def count(text, n_threads=1):
        def part(start, end):
            table = np.zeros(2**16, dtype=np.uint32)
            function(text[start:].ctypes.data, end - start, table.ctypes.data)
            return table

        cuts = np.linspace(0, len(text) - 1, n_threads + 1).astype(int).tolist()
        ends = [(start, end + 1) for start, end in pairwise(cuts)]  # parts share a byte
        if n_threads == 1:
            return part(*ends[0])
        with ThreadPoolExecutor(n_threads) as executor:
            return sum(executor.map(lambda cut: part(*cut), ends))

    return count
