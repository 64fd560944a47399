"""Validation of all public docstrings by numpydoc: ``python -m tests.docstrings``."""

import importlib
import inspect
import sys

MODULES = ["sklearn_bigram", "sklearn_bigram.datasets", "sklearn_bigram.exceptions"]
NOT_CHECKED = {
    "ES01": "many methods need no more than a summary",
    "EX01": "examples stand in classes and in the guide",
    "SA01": "only classes have a list of what to see also",
    "RT02": "returned values have names, as in scikit-learn",
}


def public_names():
    """Yield the full names of the public modules, their objects, and the members of classes."""
    for module_name in MODULES:
        yield module_name
        module = importlib.import_module(module_name)
        for name in module.__all__:
            yield f"{module_name}.{name}"
            obj = getattr(module, name)
            if inspect.isclass(obj):
                for member in dir(obj):
                    if not member.startswith("_") and is_ours(obj, member):
                        yield f"{module_name}.{name}.{member}"


def is_ours(cls, member):
    """Tell whether a class of this package defines this member."""
    owner = next(base for base in cls.__mro__ if member in vars(base))
    return owner.__module__.startswith("sklearn_bigram")


def find_errors():
    """Yield a line for each error."""
    from numpydoc.validate import validate

    for name in public_names():
        result = validate(name)
        for code, message in result["errors"]:
            if code not in NOT_CHECKED:
                yield f"{name}: {code} {message}"


if __name__ == "__main__":
    errors = list(find_errors())
    print(*errors, f"{len(errors)} errors in public docstrings.", sep="\n")
    sys.exit(bool(errors))
