"""Files whose lines hold a name and its weight."""

import csv
import gzip
import io
import random
import tracemalloc
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sklearn_bigram import CountBigramLM, NameTokenizer, count_bigrams
from sklearn_bigram.exceptions import InvalidLineError
from tests.counting.executors import Inline
from tests.helpers import as_counter, count_by_hand, set_sizes

pytestmark = pytest.mark.filterwarnings("ignore:.* holds many NUL characters:UserWarning")

DELIMITERS = [",", ";", " ", "\t"]
BOM = "\ufeff"
MB = 2**20

every_delimiter = pytest.mark.parametrize("delimiter", DELIMITERS)
letters = st.one_of(
    st.sampled_from("ab\"',; \t\r\0é名\x85\u2028\ufeff"),
    st.characters(exclude_categories=["Cs"], exclude_characters="\n."),
)
numbers = st.one_of(
    st.integers(0, 10**6).map(str),
    st.sampled_from(["0", "3.5", ".25", "4.", "1e2", "25E-2", "+7", "007", "0.0", " 2 "]),
)
rows_of_names = st.lists(
    st.tuples(st.text(letters, min_size=1, max_size=6), numbers), min_size=1, max_size=6
)


def count_exactly(rows, boundary="."):
    """Return the Counter of the bigrams of weighted names, summed as fractions."""
    counter = Counter()
    for name, weight in rows:
        for pair in pairwise([boundary, *name, boundary]):
            counter[pair] += Fraction(float(weight))
    return Counter({pair: n for pair, n in counter.items() if n > 0})


def count_data(data, delimiter=",", **options):
    """Return the counts of the bytes of a file with weights."""
    return count_bigrams(io.BytesIO(data), delimiter=delimiter, **options)


# Lines


@every_delimiter
@given(rows_of_names, st.integers(1, 60), st.sampled_from(["\n", "\r\n"]), st.booleans())
@example([("a,b", "2"), ('"', "1"), ("c", "3")], 1, "\r\n", True)
def test_every_row_that_a_csv_writer_writes_is_counted(delimiter, rows, block_size, end, blanks):
    rows = [(name.lstrip(BOM).rstrip("\r"), weight) for name, weight in rows]
    rows = [(name, weight.strip() if delimiter == " " else weight) for name, weight in rows]
    assume(all(name for name, _ in rows))
    assume(any(float(weight) for _, weight in rows))
    file = io.StringIO(newline="")
    quotes = {name for name, _ in rows if name.startswith('"') or delimiter in name}
    for name, weight in rows:
        quoted = '"' + name.replace('"', '""') + '"' if name in quotes else name
        file.write(f"{quoted}{delimiter}{weight}{end}{end if blanks else ''}")
    counts = count_data(file.getvalue().encode(), delimiter, block_size=block_size)
    assert as_counter(counts) == count_exactly(rows)


@given(rows_of_names)
def test_rows_of_the_csv_module_are_counted(rows):
    rows = [(name.lstrip(BOM), weight.strip()) for name, weight in rows]
    assume(all(name for name, _ in rows))
    assume(any(float(weight) for _, weight in rows))
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    assert as_counter(count_data(file.getvalue().encode())) == count_exactly(rows)


@every_delimiter
def test_rows_of_pandas_are_counted(delimiter):
    names, weights = ["emma", "o b", 'a "b"', "x;y", "s, j", "zoë"], [1, 2, 3, 4, 5, 6]
    frame = pd.DataFrame({"name": names, "n": weights})
    data = frame.to_csv(sep=delimiter, index=False, header=False).encode()
    counts = count_data(data, delimiter)
    assert counts == count_bigrams(names, sample_weight=weights)


@given(
    st.lists(st.tuples(st.text("abé", min_size=1, max_size=4), st.integers(0, 4)), min_size=1),
    st.integers(1, 40),
)
def test_a_whole_weight_counts_a_name_as_repetition_does(rows, block_size):
    assume(any(n for _, n in rows))
    data = "".join(f"{name},{n}\n" for name, n in rows).encode()
    repeated = [name for name, n in rows for _ in range(n)]
    assert as_counter(count_data(data, block_size=block_size)) == count_by_hand(repeated)


def test_lines_may_be_blank_start_with_marks_and_lack_a_line_end():
    data = f"{BOM}a,2\r\n\r\n{BOM}\n{BOM}{BOM}b,1\n\nc,3".encode()
    assert as_counter(count_data(data)) == count_by_hand(["a", "a", "b", "c", "c", "c"])
    assert as_counter(count_data(b"a,2\r")) == count_by_hand(["a", "a"])
    assert as_counter(count_data(b"\n\r\n\na,2\n")) == count_by_hand(["a", "a"])


def test_symbols_of_weight_zero_are_not_learned():
    assert count_data(b"ab,2\nxy,0\nb,1").symbols == [".", "a", "b"]


TOKENIZERS = {
    "lowercase": ({"lowercase": True}, "Emma,2\nEVA,3\n"),
    "words": ({"analyzer": str.split, "boundary": "<s>"}, "mary ann,2\nann,0.5\n"),
    "max_length": ({"max_length": 4}, "emma,2\nzoë,3\n"),
    "boundary": ({"boundary": "\n"}, "j.r.,2\na,1\n"),
    "comma": ({"boundary": ","}, "a.b,2\na,1\n"),
}


@pytest.mark.parametrize(("params", "text"), TOKENIZERS.values(), ids=TOKENIZERS)
def test_a_tokenizer_says_what_a_symbol_is(params, text):
    tokenizer = NameTokenizer(**params)
    rows = [line.split(",") for line in text.splitlines()]
    names, weights = zip(*rows, strict=True)
    expected = count_bigrams(names, sample_weight=list(map(float, weights)), tokenizer=tokenizer)
    assert count_data(text.encode(), tokenizer=tokenizer) == expected


# Executors


def write_fractions(path, n_names=3000):
    rng = random.Random(0)
    rows = [(rng.choice(["emma", "ava", "zoë", "li"]), rng.random()) for _ in range(n_names)]
    data = "".join(f"{name}\t{weight}\n" for name, weight in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return [name for name, _ in rows], [weight for _, weight in rows]


@pytest.mark.parametrize("suffix", [".tsv", ".gz"])
def test_every_executor_adds_fractions_in_the_same_order(suffix, executor, tmp_path):
    paths = [tmp_path / f"{i}{suffix}" for i in range(3)]
    for path in paths:
        names, weights = write_fractions(path)
    paths.append(paths[-1])
    options = {"delimiter": "\t", "block_size": 5000}
    counts = count_bigrams(paths, executor=executor, **options)
    assert counts == count_bigrams(paths, **options)  # to the last bit
    in_memory = count_bigrams(names * 4, sample_weight=weights * 4)
    assert counts.symbols == in_memory.symbols
    assert counts.matrix.data == pytest.approx(in_memory.matrix.data, rel=1e-12)


def test_every_executor_names_the_first_bad_line(executor, tmp_path):
    paths = [tmp_path / "good.csv", tmp_path / "bad.csv"]
    paths[0].write_bytes(b"emma,1\n" * 100)
    paths[1].write_bytes(b"emma,1\n" * 70 + b"ava\n" + b"emma,x\n" * 9)
    with pytest.raises(InvalidLineError, match=rf"^{paths[1]}, line 71: .*'ava' and has no wei"):
        count_bigrams(paths, delimiter=",", executor=executor, block_size=50)


# Bad lines

BAD_LINES = {
    "no weight": ("emma", "the line is 'emma' and has no weight: every line, including"),
    "third column": ("a,F,3", "the line is 'a,F,3' and has 3 columns: .* in double quotes"),
    "thousands": ("a,1,000", "has 3 columns"),
    "no name": (",3", "the line is ',3' and has no name"),
    "empty quotes": ('"",3', "has no name"),
    "only a delimiter": (",", "has no name"),
    "quoted without a weight": ('"a,3"', "has no weight"),
    "open quote": ('"a,3', "the double quote before the name is not closed: quote"),
    "text after a quote": ('"a" b,3', "the double quote before the name is not closed"),
    "header": (
        "name,count",
        "the weight is 'count', which is not a number .*every line, including the first",
    ),
    "empty": ("a,", "the weight is '', which is not a number from 0 to"),
    "negative": ("a,-1", "the weight is '-1', which is not a number from 0 to"),
    "minus zero": ("a,-0", "the weight is '-0', which is not a number"),
    "nan": ("a,nan", "the weight is 'nan', which is not a number"),
    "inf": ("a,inf", "the weight is 'inf', which is not a number"),
    "overflow": ("a,1e999", "the weight is '1e999', which is not a number from 0 to 1e"),
    "too large": ("a,1e281", r"the weight is '1e281', which is not a number from 0 to 1e\+280"),
    "underscore": ("a,1_0", "the weight is '1_0', which is not a number"),
    "other digits": ("a,٣", "the weight is '٣', which is not a number"),
    "two points": ("a,1.2.3", "the weight is '1.2.3', which is not a number"),
    "a point": ("a,.", "the weight is '.', which is not a number"),
    "quoted": ('a,"3"', "the weight is '\"3\"', which is not a number"),
    "hexadecimal": ("a,0x1", "the weight is '0x1', which is not a number"),
}


@pytest.mark.parametrize(("line", "problem"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_without_a_name_and_a_weight_is_named(line, problem, path):
    for index in (0, 3, 5):
        lines = ["emma,2", "", "ava,3.5", "zoë,1", "li,7"]
        lines.insert(index, line)
        for end in ("\n", "\r\n"):
            path.write_bytes(end.join(lines).encode())
            for block_size in (1, 12, 1000):
                with pytest.raises(InvalidLineError, match=f"^{path}, line {index + 1}: ") as e:
                    count_bigrams(path, delimiter=",", block_size=block_size)
                e.match(problem)
    for index in (0, 2):  # among lines in the usual form
        lines = ["emma,2", "ava,3"]
        lines.insert(index, line)
        with pytest.raises(InvalidLineError, match=f"^The stream, line {index + 1}: ") as e:
            count_data("\n".join(lines).encode())
        e.match(problem)


@pytest.mark.parametrize("block_size", [1, 100])
def test_only_one_carriage_return_ends_a_line_wherever_a_block_ends(block_size, path):
    path.write_bytes(b"emma,1\r\nava,2\r\r\n")
    with pytest.raises(InvalidLineError, match=r"line 2: the weight is '2\\r', which is not"):
        count_bigrams(path, delimiter=",", block_size=block_size)


def test_columns_are_not_moved_from_line_to_line():
    with pytest.raises(InvalidLineError, match="line 1: the line is 'a' and has no weight"):
        count_data(b"a\n1,2,3\n")
    with pytest.raises(InvalidLineError, match="line 1: the line is 'a,1,2' and has 3 columns"):
        count_data(b"a,1,2\n3\n")


@pytest.mark.parametrize(
    ("delimiter", "word"), [(",", "comma"), (";", "semicolon"), (" ", "space"), ("\t", "tab")]
)
def test_an_error_calls_the_delimiter_by_its_name(delimiter, word):
    with pytest.raises(InvalidLineError, match=f"a name, a {word} and a weight"):
        count_data(b"emma\n", delimiter)


def test_a_number_of_a_million_digits_is_refused_at_once():
    with pytest.raises(InvalidLineError, match="which is not a number"):
        count_data(b"a," + b"1" * 10**6 + b"x")
    with pytest.raises(InvalidLineError, match="is not closed"):
        count_data(b'"' + b"a" * 10**6 + b",1")


@pytest.mark.parametrize("line", ["a.b,1", '"a.b",1', "\na.b,1"])
def test_a_line_with_the_boundary_is_named(line):
    number = 2 + line.count("\n")
    with pytest.raises(
        InvalidLineError, match=rf"line {number}: the name is 'a\.b' and holds the b"
    ):
        count_data(f"emma,2\n{line}\n".encode())


def test_a_line_that_is_not_utf8_is_named():
    with pytest.raises(InvalidLineError, match="line 2: not UTF-8 text, at the byte 0xeb"):
        count_data(b"emma,2\nzo\xeb,1\n")


@pytest.mark.parametrize("data", [b"a,0\nb,0.0\n", b"\n\r\n", b""])
def test_a_file_without_a_weight_above_zero_is_refused(data, path):
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"^There are no names with a weight above zero in {path}"):
        count_bigrams(path, delimiter=",")


def test_a_header_is_skipped_by_reading_it(path):
    path.write_bytes(b"name,count\nemma,2\n")
    with open(path, "rb") as file:
        file.readline()
        assert as_counter(count_bigrams(file, delimiter=",")) == count_by_hand(["emma", "emma"])


# Memory


@pytest.mark.parametrize("line", ["emma,12\n", "zoë,1.5\n", '"emma",12\n'])
def test_memory_does_not_grow_with_the_file(line, path, monkeypatch):
    set_sizes(monkeypatch, bytes_per_decoding=MB // 16)
    data = line.encode()

    def peak(n_bytes):
        path.write_bytes(data * (n_bytes // len(data)))
        tracemalloc.start()
        try:
            count_bigrams(path, delimiter=",", block_size=MB // 8, executor=Inline())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(MB) < peak(MB // 4) + 3 * MB // 4


def test_weights_in_a_file_and_in_memory_give_the_same_model(path):
    path.write_bytes(b"emma,2\nava,0.5\nxi,0\n")
    model = CountBigramLM().fit(count_bigrams(path, delimiter=","))
    expected = CountBigramLM().fit(["emma", "ava", "xi"], sample_weight=[2, 0.5, 0])
    assert model.symbols_.tolist() == expected.symbols_.tolist()
    assert model.score(["ava"]) == expected.score(["ava"])
