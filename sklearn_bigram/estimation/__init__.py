"""Estimation of probabilities from counts.

All functions take the count matrix N. Smoothing returns the three parts of P = S + g q^T. The exact
solver returns the probabilities at the minimum of the loss. Gradient descent returns the weights of
the network and the loss curve.
"""
