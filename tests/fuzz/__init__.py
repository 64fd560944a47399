"""Random cases for every part of the package, checked against independent results.

Run ``python -m tests.fuzz --seconds 600``. Each area is a module with a function ``case(rng)``,
which draws one case and raises an AssertionError if the package is wrong. The expected results are
computed in plain Python, often in fractions, and never by the package itself.
"""
