"""
A grid search on a cluster
==========================

The fits of a grid search do not depend on each other, so they can run anywhere. scikit-learn hands
them to joblib, and joblib to a Dask cluster, if told to: the search itself is written as always.
"""

# %%
# A cluster
# ---------
# A ``LocalCluster`` is a whole cluster on one machine: here two workers in the threads of this
# process, which start at once. Without ``processes=False`` each is a process, and a script then
# wants an ``if __name__ == "__main__":``. For real machines, give ``Client`` the address of their
# scheduler; all else stays the same. It needs ``pip install 'sklearn_bigram[dask]'``.

import dask.bag
import joblib
import matplotlib.pyplot as plt
import numpy as np
from dask.distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_bigram import CountBigramLM, count_bigrams
from sklearn_bigram.datasets import load_names

names = load_names()
cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0")
client = Client(cluster)
print(f"{len(client.scheduler_info()['workers'])} workers")

# %%
# The search
# ----------
# Inside ``parallel_config`` the tasks go to the cluster: one for each fold of each candidate. The
# order of tasks does not matter, and the result is the same to the last bit as without a cluster.

alphas = np.logspace(-3, 1, 21)
folds = KFold(10, shuffle=True, random_state=0)
search = GridSearchCV(CountBigramLM(), {"alpha": alphas}, cv=folds)

with joblib.parallel_config(backend="dask"):
    search.fit(names)

print(f"best alpha {search.best_params_['alpha']:.3g}, held-out NLL {-search.best_score_:.4f}")
alone = GridSearchCV(CountBigramLM(), {"alpha": alphas}, cv=folds).fit(names)
assert np.array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])

# %%
# What was found
# --------------
# Each thin line is a fold, the thick one their mean.

results = search.cv_results_
nll = -np.array([results[f"split{k}_test_score"] for k in range(folds.get_n_splits())])  # (10, 21)

fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
ax.plot(alphas, nll.T, color="C0", lw=0.7, alpha=0.6)
ax.plot(alphas, nll.mean(axis=0), color="C0", lw=2.5)
ax.plot(search.best_params_["alpha"], -search.best_score_, "o", color="C1", ms=8, label="chosen")
ax.set(xscale="log", xlabel="alpha", ylabel="held-out NLL per bigram (nats)")
ax.grid(alpha=0.3)
ax.legend()

# %%
# From fold to fold the loss differs more than from the best ``alpha`` to the worst. So one fold
# alone says little of how good a model is; but as the lines run side by side, it can tell which is
# better.
#
# Counting on the cluster
# -----------------------
# Names that lie on a cluster need not come to one machine. Each worker counts its part, and only
# the counts travel: a table of 27 symbols, however many names there are.

bag = dask.bag.from_sequence(names, npartitions=8)
counts = count_bigrams(bag)
print(counts)
assert counts == count_bigrams(names)

client.close()
cluster.close()
