"""Mutants are the changes that they should be, and the program tells which of them tests notice."""

import ast
import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutation.mutants import all_mutants, draw, find, mutate

ROOT = Path(__file__).parents[1]
FILE = "sklearn_bigram/counting/_toy.py"


def changes(source):
    """Return the texts that the mutants put in the place of statements."""
    return [mutant.after for mutant, _ in mutate(source, FILE)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a <= b"]),
        ("a == b", ["a != b"]),
        ("a in b", ["a not in b"]),
        ("a - b", ["a + b"]),
        ("a @ b", ["a * b"]),
        ("a and b", ["a or b"]),
        ("not a", ["a"]),
        ("x = 2", ["x = 3"]),
        ("x = 0.5", ["x = 1.5"]),
        ("x = True", ["x = False"]),
        ("x = -1", ["x = 1", "x = -2"]),
        ("x[:n]", ["x[:]"]),
        ("x = min(a)", ["x = max(a)"]),
        ("x = np.any(a)", ["x = np.all(a)"]),
        ("x = f(a, side='left')", ["x = f(a)", "x = f(a, side='right')"]),
        ("f(a)", ["pass"]),
        ("x.a = b", ["pass"]),
        ("x[a] = b", ["pass"]),
        ("x += a", ["x -= a", "pass"]),
        ("raise a", ["pass"]),
        ("if a:\n    b\nelse:\n    c", ["if not a:"]),
        ("if not a:\n    b", ["if a:"]),
        ("x = a if b else c", ["x = a if not b else c"]),
        ("x = [a for a in b if a]", ["x = [a for a in b if not a]"]),
        ("while a:\n    break", ["while not a:", "continue"]),
        ("def f(a=1):\n    return a", ["def f(a=2):", "return None"]),
    ],
)
def test_a_mutant_changes_one_thing(source, expected):
    assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "from a import b",
        "__all__ = [a + b]",
        "_parameter_constraints = {'a': [1]}",
        "if TYPE_CHECKING:\n    f(1)",
        "x: Literal[1] = a",
        "def f(a: Literal[1]) -> Literal[2]:\n    a",
        "x = f'{a + 1} is too long.'",
        "return None",
    ],
)
def test_text_types_and_constraints_are_not_changed(source):
    assert changes(source) == []


def test_each_mutant_compiles_and_is_undone_after_its_turn():
    source = "def f(a, b):\n    c = a < b and a != 1\n    return max(c, b - 1)\n"
    for _, tree in mutate(source, FILE):
        compile(ast.fix_missing_locations(tree), FILE, "exec")
        assert ast.unparse(tree) != source.strip()
    assert ast.unparse(tree) == source.strip()


def test_draws_depend_on_the_seed_alone_and_keep_proportions():
    mutants = all_mutants(ROOT)
    drawn = draw(mutants, 100, seed=0)
    assert draw(mutants[::-1], 100, seed=0) == drawn
    assert draw(mutants, 100, seed=1) != drawn
    assert len(set(drawn)) == 100
    possible = Counter(mutant.folder for mutant in mutants)
    total = sum(possible[folder] for folder in {mutant.folder for mutant in drawn})
    for folder, n in Counter(mutant.folder for mutant in drawn).items():
        assert n == pytest.approx(100 * possible[folder] / total, abs=1)


def test_a_mutant_is_found_where_its_function_moved_to():
    source = "class A:\n    def f(self, a):\n        return a + 1\n"
    wanted = [mutant for mutant, _ in mutate(source, FILE)]
    moved = f"x = 1\n\n{source.replace('A', 'B')}\n    def g(self, a):\n        return a + 1\n"
    found = [mutant for mutant, _ in mutate(moved, "sklearn_bigram/_flat.py")]
    places = {"file": "sklearn_bigram/_flat.py", "function": "B.f", "first": 5, "last": 5}
    assert list(find(wanted, found)) == [replace(mutant, **places) for mutant in wanted]
    ambiguous = [mutant for mutant, _ in mutate(moved + moved.replace("B", "C"), FILE)]
    assert list(find(wanted, ambiguous)) == []


TOY = {
    "sklearn_bigram/__init__.py": "",
    FILE: """
        def tested(n):
            return n + 1

        def called(n):
            return max(n, 1)

        def tested_elsewhere(n):
            return 2 * n

        def untested(n):
            return -n
    """,
    "tests/counting/test_toy.py": """
        from sklearn_bigram.counting._toy import called, tested

        def test_sum():
            assert tested(2) == 3

        def test_call():
            called(2)
    """,
    "tests/models/test_toy_model.py": """
        from sklearn_bigram.counting._toy import tested_elsewhere

        def test_product():
            assert tested_elsewhere(3) == 6

        def test_that_fails():
            raise AssertionError
    """,
}


def write(tree, files):
    for name, source in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork processes")
def test_killed_and_surviving_mutants_are_told_apart(tmp_path):
    def run(tree, output, *options):
        command = [sys.executable, "-m", "tests.mutation", "--tree", str(tree)]
        command += ["--output", str(tmp_path / output), *options]
        result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        return result.stdout

    tree = tmp_path / "tree"
    packages = ("tests/__init__.py", "tests/counting/__init__.py", "tests/models/__init__.py")
    write(tree, TOY | dict.fromkeys(packages, ""))
    printed = run(tree, "results.jsonl")
    lines = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    found = {}
    for record in map(json.loads, lines):
        facts = record["status"], record["own"], record["tests"]
        found.setdefault(record["mutant"]["function"], {})[record["mutant"]["after"]] = facts
    assert found == {
        "tested": {
            "return None": ("killed", True, 1),
            "return n - 1": ("killed", True, 1),
            "return n + 2": ("killed", True, 1),
        },
        "called": {
            "return None": ("survived", False, 1),
            "return min(n, 1)": ("survived", False, 1),
            "return max(n, 2)": ("survived", False, 1),
        },
        "tested_elsewhere": {
            "return None": ("killed", False, 1),
            "return 2 / n": ("killed", False, 1),
            "return 3 * n": ("killed", False, 1),
        },
        "untested": {
            "return None": ("survived", False, 0),
            "return n": ("survived", False, 0),
        },
    }
    assert "test_that_fails fails without a mutant" in printed
    assert "| counting | 11 | 3 | 6 | 5 | 54.5 |" in printed
    assert f"{FILE}:6 called, function, tests: 1\n- return max(n, 1)\n+ return min(n, 1)" in printed

    few = tmp_path / "few.jsonl"
    chosen = [line for line in lines if "tested_elsewhere" in line]
    few.write_text("\n".join(chosen), encoding="utf-8")
    known = run(tree, "results.jsonl", "--same-as", str(few))
    assert "tests pass" not in known  # none was run
    assert "| counting | 3 | 0 | 3 | 0 | 100.0 |" in known
    flat = tmp_path / "flat"
    moved = {name.replace("counting/", "").replace("models/", ""): TOY[name] for name in TOY}
    write(flat, {name: text.replace("counting.", "") for name, text in moved.items()})
    found = run(flat, "flat.jsonl", "--same-as", str(few))
    assert found.startswith(f"3 of 3 mutants are in {flat}")
    assert "| counting | 3 | 3 | 3 | 0 | 100.0 |" in found
