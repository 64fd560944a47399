"""The estimators.

X comes in: names, token ids, or counts of them. `fit` goes one straight way: resolve X, encode
and count it (`learn`), estimate P, assign the fitted attributes. Every other method reads the
fitted `transition_`.
"""
