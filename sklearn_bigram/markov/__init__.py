"""What a Markov chain with the transition matrix P = S + g q^T can say.

A `TransitionMatrix` comes in, for some questions together with constraints on names. Numbers,
streams of token ids or an ARPA file go out: log-likelihoods, samples, the most probable names,
the probability that a name meets constraints, entropy, expected lengths.
"""
