"""Counts to probabilities.

The matrix of counts N comes in. What describes the matrix of probabilities goes out: for
smoothing, the three parts of P = S + g q^T; for the exact solver, the probabilities at the
minimum of the loss; for gradient descent, the weights of the network and its loss curve.
"""
