"""Mutants: the source of the package with one small change each."""

import ast
import copy
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import permutations
from operator import attrgetter
from pathlib import Path
from random import Random

PACKAGE = "sklearn_bigram"
FOLDERS = ("tokenization", "counting", "estimation", "markov", "models")

_SWAPS = """
    Lt-LtE Gt-GtE Eq-NotEq Is-IsNot In-NotIn Add-Sub Mult-Div LShift-RShift BitAnd-BitOr And-Or
    Break-Continue min-max minimum-maximum argmin-argmax any-all zeros-ones floor-ceil left-right
"""
_OTHER = {a: b for swap in _SWAPS.split() for a, b in permutations(swap.split("-"))}
_OTHER |= dict.fromkeys(("FloorDiv", "Mod", "Pow", "MatMult"), "Mult") | {"BitXor": "BitAnd"}
_NOT_MUTATED = {"_parameter_constraints", "__all__", "TYPE_CHECKING"}
_ANNOTATIONS = {"annotation", "returns"}


@dataclass(frozen=True)
class Mutant:
    """A change of one statement, whose text is that of ``ast.unparse``."""

    file: str  # relative to the root of the project
    first: int  # the statement's line
    last: int  # a test that runs a line from the first to the last may notice
    folder: str = field(compare=False)  # of the package, whose tests should notice
    function: str  # the qualified name; empty outside of functions
    operator: str
    before: str  # the statement; of a compound statement, its head
    after: str
    occurrence: int  # how many equal changes the function has above this one

    @property
    def key(self):
        """The part that stays when the function moves to another class or file."""
        return self.function.rpartition(".")[2], self.before, self.after, self.occurrence


def _opposite(node):
    return getattr(ast, _OTHER[type(node).__name__])()


def _replacements(node):
    """Yield the name of each operator that applies to a node, and the node that it makes of it."""

    def changed(**fields):
        other = copy.copy(node)
        for name, value in fields.items():
            setattr(other, name, value)
        return other

    def negated(test):
        match test:
            case ast.UnaryOp(op=ast.Not()):
                return test.operand
            case ast.Compare(ops=[op]) if not isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                return ast.Compare(test.left, [_opposite(op)], test.comparators)
        return ast.UnaryOp(ast.Not(), test)

    match node:
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                yield "comparison", changed(ops=[*ops[:i], _opposite(op), *ops[i + 1 :]])
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op):
            yield "operator", changed(op=_opposite(op))
        case ast.UnaryOp(operand=operand):
            yield "unary operator", operand
        case ast.Constant(value=bool(value)):
            yield "constant", changed(value=not value)
        case ast.Constant(value=int(value) | float(value)):
            yield "constant", changed(value=value + 1)
        case ast.Constant(value="left" | "right" as side):
            yield "constant", changed(value=_OTHER[side])
        case ast.Name(id=name, ctx=ast.Load()) if name in _OTHER:
            yield "function", changed(id=_OTHER[name])
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in _OTHER:
            yield "function", changed(attr=_OTHER[name])
        case ast.Call(keywords=keywords):
            for i, keyword in enumerate(keywords):
                if keyword.arg is not None:
                    yield "keyword argument", changed(keywords=keywords[:i] + keywords[i + 1 :])
        case ast.Slice():
            for bound in ("lower", "upper"):
                if getattr(node, bound) is not None:
                    yield "slice", changed(**{bound: None})
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield "condition", changed(test=negated(test))
        case ast.comprehension(ifs=ifs):
            for i, test in enumerate(ifs):
                yield "condition", changed(ifs=[*ifs[:i], negated(test), *ifs[i + 1 :]])
        case ast.Return(value=ast.expr()):
            yield "return", changed(value=ast.Constant(None))
        case ast.Break() | ast.Continue():
            yield "jump", _opposite(node)
    match node:
        case (
            ast.Raise()
            | ast.Delete()
            | ast.AugAssign()
            | ast.Assign(targets=[ast.Attribute() | ast.Subscript()])
            | ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom())
        ):
            yield "statement", ast.Pass()


def _is_skipped(node):
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in _NOT_MUTATED
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.JoinedStr():  # messages
            return True
    return not isinstance(node, ast.AST)


def _places(node, names=(), function="", statement=None):
    """Yield each place of a syntax tree that holds a node, with the function and the statement.

    A place is a list and an index in it, or the dict of a node and the name of a field.
    """
    for name, value in vars(node).items():
        holder = value if isinstance(value, list) else vars(node)
        for key in range(len(value)) if isinstance(value, list) else [name]:
            child = holder[key]
            if name in _ANNOTATIONS or _is_skipped(child):
                continue
            inner, scope = names, function
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = (*names, child.name)
                scope = ".".join(inner) if isinstance(child, ast.FunctionDef) else ""
            own = child if isinstance(child, ast.stmt | ast.ExceptHandler) else statement
            yield holder, key, scope, own
            yield from _places(child, inner, scope, own)


def _head(statement):
    """Return the text of a statement without the statements inside it."""
    head = copy.copy(statement)
    for name in ("body", "orelse", "finalbody", "handlers"):
        if isinstance(getattr(head, name, None), list):
            setattr(head, name, [])
    return ast.unparse(head)


def mutate(source, file):
    """Yield each mutant of a file with its syntax tree, which changes when the loop goes on."""
    tree = ast.parse(source)
    folder = "/".join(Path(file).parts[1:-1])
    seen, occurrences = set(), Counter()
    for holder, key, function, statement in _places(tree):
        original = holder[key]
        for operator, other in _replacements(original):
            before = _head(statement)
            holder[key] = ast.copy_location(other, original)
            after = _head(other if original is statement else statement)
            if after != before and (statement, after) not in seen:
                seen.add((statement, after))
                change = function, operator, before, after, occurrences[function, before, after]
                occurrences[function, before, after] += 1
                # A statement outside of functions may matter to all that comes below.
                last = (statement if function else tree.body[-1]).end_lineno
                yield Mutant(file, statement.lineno, last, folder, *change), tree
            holder[key] = original


def all_mutants(tree):
    """Return the mutants of the package in a checkout of the project."""
    return [
        mutant
        for path in sorted((tree / PACKAGE).rglob("*.py"))
        for mutant, _ in mutate(path.read_text("utf-8"), path.relative_to(tree).as_posix())
    ]


def compile_mutant(path, mutant):
    """Return the code object of a module with the change of a mutant."""
    for other, tree in mutate(path.read_text("utf-8"), mutant.file):
        if other == mutant:
            return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
    raise LookupError(f"{path} has changed: {mutant}")


def draw(mutants, number, seed):
    """Draw mutants of the folders, from each in proportion to the number that it has.

    The rank of a mutant depends on the seed and itself only: new code leaves most of a draw.
    """
    drawn, groups = [], [[m for m in mutants if m.folder == folder] for folder in FOLDERS]
    total, done = sum(map(len, groups)), 0
    for group in groups:
        done += len(group)
        group.sort(key=lambda m: (Random(f"{seed} {m.key}").random(), m.file, m.function))
        drawn += group[: round(min(number, total) * done / max(total, 1)) - len(drawn)]
    return drawn


def find(wanted, mutants):
    """Yield those of the mutants that are the wanted ones in another checkout.

    That is the same change in a function of the same name. If there are several, they must be in
    the same class or in the same file; a mutant that stays ambiguous is left out.
    """
    by_key = defaultdict(list)
    for mutant in mutants:
        by_key[mutant.key].append(mutant)
    for mutant in wanted:
        found = by_key[mutant.key]
        for trait in map(attrgetter, ("function", "file")):
            found = [other for other in found if trait(other) == trait(mutant)] or found
        if len(found) == 1:
            yield replace(found[0], folder=mutant.folder)
