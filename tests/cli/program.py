"""The program under test: in a process of its own, and text as its input and output."""

import io
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "sklearn_bigram"]
FEW = ["emma", "olivia", "ava", "mia", "anna", "hannah", "noah", "liam", "annika", "ann"]
PNG = b"\x89PNG"


def run(*args, **options):
    """Run the program in its own process."""
    options = {"capture_output": True, "timeout": 120, **options}
    return subprocess.run([*PROGRAM, *args], **options)


def write(path, lines, encoding="utf-8"):
    Path(path).write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))


class Stream(io.TextIOWrapper):
    """A stream of text that remembers it, and may be a terminal."""

    def __init__(self, encoding="ascii", *, is_terminal=False):
        super().__init__(io.BytesIO(), encoding)
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal

    def text(self, encoding="utf-8"):
        self.flush()
        return self.buffer.getvalue().decode(encoding)
