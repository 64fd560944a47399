"""All that can be computed from the probabilities of a Markov chain."""
