import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from sklearn_bigram import CountBigramLM, NeuralBigramLM

LECTURE_SEED = 2147483647


def test_torch_generator_gives_the_names_of_the_lecture(lecture_names):
    model = CountBigramLM(alpha=1).fit(lecture_names)
    sampled = model.sample(5, random_state=torch.Generator().manual_seed(LECTURE_SEED))
    assert sampled.tolist() == ["cexze", "momasurailezitynn", "konimittain", "llayn", "ka"]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    "model", [CountBigramLM(), CountBigramLM(alpha=0), NeuralBigramLM(reg=0.1)], ids=str
)
def test_bigrams_of_samples_follow_the_model(model, seed, lecture_names):
    model.fit(lecture_names)
    sampled = model.sample(100_000, random_state=seed)
    drawn = CountBigramLM(tokenizer=model.tokenizer_).partial_fit(model.symbols_[1:].tolist())
    counts = drawn.partial_fit(sampled).counts_.toarray()
    counts[0, 1:] -= 1  # the names of one symbol that were put in to learn all the symbols
    counts[1:, 0] -= 1
    P = model.predict_proba(["", *model.symbols_[1:]])
    assert (counts[P == 0] == 0).all()
    for row, p in zip(counts, P, strict=True):
        expected = p * row.sum()
        rare = expected < 5  # pooled into one cell, as the test wants it
        observed = np.append(row[~rare], row[rare].sum())
        expected = np.append(expected[~rare], expected[rare].sum())
        if expected[-1] < 5:
            observed, expected = (
                observed[:-1],
                expected[:-1] * observed[:-1].sum() / expected[:-1].sum(),
            )
        if len(observed) > 1:
            assert chisquare(observed, expected).pvalue > 1e-5


def test_name_lengths_of_samples_follow_the_model():
    # From the boundary to a, then on with 3/4: lengths are geometric.
    model = CountBigramLM(alpha=0).fit(["a" * 4])
    lengths = np.bincount([len(name) for name in model.sample(50_000, random_state=0)])
    k = np.arange(1, 12)
    expected = 50_000 * 0.25 * 0.75 ** (k - 1)
    assert chisquare(lengths[k], expected * lengths[k].sum() / expected.sum()).pvalue > 1e-4
    assert lengths[0] == 0


@pytest.mark.parametrize(
    "make",
    [
        int,
        np.int64,
        np.random.RandomState,
        np.random.default_rng,
        lambda seed: torch.Generator().manual_seed(seed),
    ],
)
def test_same_seed_same_names(make, names):
    model = CountBigramLM().fit(names)
    first = model.sample(20, random_state=make(7)).tolist()
    assert model.sample(20, random_state=make(7)).tolist() == first
    assert model.sample(20, random_state=make(8)).tolist() != first


def test_a_generator_goes_on_and_none_is_fresh(names):
    model = CountBigramLM().fit(names)
    rng = np.random.default_rng(0)
    assert (
        model.sample(20, random_state=rng).tolist() != model.sample(20, random_state=rng).tolist()
    )
    assert model.sample(20).tolist() != model.sample(20).tolist()


def test_no_global_random_state_is_read_or_written(names):
    np.random.seed(0)  # noqa: NPY002 - the global state is what this test is about
    torch.manual_seed(0)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    model = NeuralBigramLM(solver="gd").fit(names)
    model.sample(10)
    model.sample(10, random_state=1)
    model.sample(2, random_state=torch.Generator().manual_seed(0))
    other = NeuralBigramLM(solver="gd").fit(names)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
    assert (model.coef_ != other.coef_).any()  # the global seed did not make them equal


def test_samples_are_str_objects_in_an_array(names):
    sampled = CountBigramLM().fit(names).sample(3, random_state=0)
    assert sampled.shape == (3,)
    assert sampled.dtype == object
    assert all(type(name) is str for name in sampled)
    assert CountBigramLM().fit(names).sample(random_state=0).shape == (1,)


def test_a_model_of_the_empty_name_samples_it():
    assert CountBigramLM().fit(["", ""]).sample(3, random_state=0).tolist() == ["", "", ""]


@pytest.mark.parametrize("alpha", [0, 0.5])
def test_many_symbols_are_sampled_from_the_same_distribution(alpha):
    """Above 1,024 symbols, where P is not kept as a table."""
    symbols = [chr(0x4E00 + i) for i in range(1500)]
    model = CountBigramLM(alpha=alpha).fit([*["ab", "a", "b"] * 2000, "".join(symbols)])
    first = [name[:1] for name in model.sample(20_000, random_state=0)]
    p = model.predict_proba([""])[0]
    top = [0, *np.argsort(p[1:])[-3:] + 1]
    observed = [first.count(model.symbols_[i] if i else "") for i in top]
    observed.append(len(first) - sum(observed))
    expected = np.append(p[top], 1 - p[top].sum()) * len(first)
    keep = expected > 0
    assert chisquare(np.array(observed)[keep], expected[keep]).pvalue > 1e-4
