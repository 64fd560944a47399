"""
Run a grid search on a Dask cluster
===================================

The fits of a grid search are independent, so they can run on several machines. scikit-learn uses
joblib to run them, and joblib can use a Dask cluster. The search itself does not change.
"""

# %%
# Start a cluster
# ---------------
# A ``LocalCluster`` runs on one machine. Here its two workers are threads of this process, which
# start at once. Without ``processes=False`` the workers are processes; a script then needs
# ``if __name__ == "__main__":``. For a cluster of several machines, pass the address of its
# scheduler to ``Client``. You need ``pip install 'sklearn_bigram[dask]'``.

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
# Run the search
# --------------
# Inside ``parallel_config``, each fold of each candidate is a task on the cluster. The result is
# the same to the last bit as without a cluster.

alphas = np.logspace(-3, 1, 21)
folds = KFold(10, shuffle=True, random_state=0)
search = GridSearchCV(CountBigramLM(), {"alpha": alphas}, cv=folds)

with joblib.parallel_config(backend="dask"):
    search.fit(names)

print(f"best alpha {search.best_params_['alpha']:.3g}, held-out NLL {-search.best_score_:.4f}")
alone = GridSearchCV(CountBigramLM(), {"alpha": alphas}, cv=folds).fit(names)
assert np.array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])

# %%
# Plot the result
# ---------------
# Each thin line is a fold. The thick line is their mean.

results = search.cv_results_
nll = -np.array([results[f"split{k}_test_score"] for k in range(folds.get_n_splits())])  # (10, 21)

fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
ax.plot(alphas, nll.T, color="C0", lw=0.7, alpha=0.6)
ax.plot(alphas, nll.mean(axis=0), color="C0", lw=2.5)
ax.plot(search.best_params_["alpha"], -search.best_score_, "o", color="C1", ms=8, label="best")
ax.set(xscale="log", xlabel="alpha", ylabel="nats per bigram", title="Held-out NLL of ten folds")
ax.grid(alpha=0.3)
ax.legend()

# %%
# The NLL differs more between folds than between the best and the worst ``alpha``. So a single fold
# says little about how good a model is. But the lines are nearly parallel, so each fold can tell
# which ``alpha`` is better.
#
# Count on the cluster
# --------------------
# If the names are stored on the cluster, each worker counts its own part. Only the counts are sent:
# a table of 27 symbols, however many names there are.

bag = dask.bag.from_sequence(names, npartitions=8)
counts = count_bigrams(bag)
print(counts)
assert counts == count_bigrams(names)

client.close()
cluster.close()
