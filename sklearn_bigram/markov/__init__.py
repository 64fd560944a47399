"""Everything that follows from the transition probabilities of a Markov chain over symbols.

The input is a transition matrix P = S + g q^T, as an estimation method returns it, held by a
`TransitionMatrix`. The output is whatever the chain can say about names: their log-likelihoods,
random names and the most probable names, both under constraints, expected values such as the
entropy of a name, and P as an ARPA file. Names enter and leave as a `TokenStream` of symbol ids.
"""
