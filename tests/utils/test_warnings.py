"""Where warnings point."""

import types
import warnings

import pytest

from sklearn_bigram.utils._warnings import warn_user


def call_from(module, filename):
    """Call `warn_user` from a module of this name, and return the warning."""
    namespace = {"__name__": module, "warn_user": warn_user}
    code = compile("def call():\n    warn_user('look', UserWarning)\n", filename, "exec")
    exec(code, namespace)
    call = types.FunctionType(namespace["call"].__code__, namespace)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    (warning,) = caught
    return warning


@pytest.mark.parametrize("module", ["sklearn_bigram.models._base", "sklearn.base", "joblib.x"])
def test_internal_frames_are_passed_over(module):
    assert call_from(module, "internal.py").filename == __file__


@pytest.mark.parametrize("module", ["__main__", "sklearn_bigram_notes", "sklearnex.x", "user"])
def test_a_module_of_the_user_is_pointed_at_even_if_its_name_is_alike(module):
    warning = call_from(module, "users.py")
    assert (warning.filename, warning.lineno) == ("users.py", 2)
