"""The model as a finite-state machine of OpenFst, by pynini."""

import numpy as np

from .lecture import SYMBOLS


def make_fst(P, arc_type="standard"):
    """Return the automaton of P, (27, 27), whose weights are minus log-probabilities."""
    import pynini

    weight_type = "tropical" if arc_type == "standard" else arc_type
    fst = pynini.Fst(arc_type=arc_type)
    fst.add_states(len(P))
    fst.set_start(0)
    for (i, j), cost in np.ndenumerate(-np.log(P)):
        weight = pynini.Weight(weight_type, cost)
        if j == 0:
            fst.set_final(i, weight)
        else:
            label = ord(SYMBOLS[j])
            fst.add_arc(i, pynini.Arc(label, label, weight, j))
    return fst


def constrain(P, pattern):
    """Return the automaton of names that match a pattern of letters and question marks.

    Its weights are pushed to the start, so that a walk draws by the conditional distribution.
    """
    import pynini

    fst = make_fst(P, "log64")
    letter = pynini.union(*SYMBOLS[1:])
    accepted = pynini.accep("")
    for symbol in pattern:
        accepted = accepted + (letter if symbol == "?" else symbol)
    accepted = pynini.arcmap(pynini.determinize(pynini.rmepsilon(accepted)), map_type="to_log64")
    found = pynini.compose(fst, accepted)
    return pynini.push(found, push_weights=True, reweight_type="to_initial", delta=1e-12)


def sample(constrained, n_names, seed=0):
    """Draw names from an automaton that `constrain` returned."""
    import pynini

    drawn = pynini.randgen(constrained, npath=n_names, select="log_prob", seed=seed)
    return list(drawn.paths().ostrings())


def most_probable(fst, k):
    """Return the k most probable names."""
    import pynini

    return list(pynini.shortestpath(fst, nshortest=k).paths().ostrings())
