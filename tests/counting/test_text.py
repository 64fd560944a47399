"""Lines of text: where they end, how they are decoded, and which one is bad."""

import bz2
import gzip
import io
import lzma
import re
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sklearn_bigram import NameTokenizer, count_bigrams
from tests.helpers import as_counter, count_by_hand, set_sizes

BOM = b"\xef\xbb\xbf"
MB = 2**20

pytestmark = pytest.mark.filterwarnings("ignore:.* holds many NUL characters:UserWarning")
# ASCII text is counted as bytes, other text as code points; the third, line by line.
TOKENIZERS = {"plain": {}, "lowercase": {"lowercase": True}, "by line": {"max_length": 500}}
every_way = pytest.mark.parametrize("params", TOKENIZERS.values(), ids=TOKENIZERS)

letters = st.one_of(
    st.sampled_from("ab\0\t é\x85ё名\u2028\ufeff😀\x1c"),
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r."),
)
line_ends = st.sampled_from(["\n", "\r\n"])
block_sizes = st.integers(1, 70)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("text")


@st.composite
def files(draw, letters=letters):
    """Draw names, and the bytes of a file of them."""
    names = draw(st.lists(st.text(letters, min_size=1, max_size=6), min_size=1, max_size=6))
    blanks = st.lists(line_ends, max_size=2).map("".join)
    text = draw(blanks)
    for name in names:
        text += name + draw(line_ends) + draw(blanks)
    if draw(st.booleans()):
        text = text.removesuffix("\n").removesuffix("\r")
    names = drop_boms(names)
    assume(names)
    return names, BOM * draw(st.booleans()) + text.encode()


def drop_boms(names):
    """Return the names without byte order marks at their starts."""
    return filter_names(name.lstrip("\ufeff") for name in names)


def assert_counted(path, data, names, tokenizer=None, **options):
    """Assert that a file and a stream of this data have the counts of these names."""
    path.write_bytes(data)
    for source in (path, io.BytesIO(data)):
        counts = count_bigrams(source, tokenizer=tokenizer, **options)
        assert as_counter(counts) == count_by_hand(names), options


@every_way
@given(files() | files("ab\0\t"), block_sizes)
@example((["ab", "b"], BOM + b"ab\r\n\r\n\nb"), 3)
@example((["a", "ё"], "\r\na\nё\r\n".encode()), 1)
def test_every_line_is_counted_in_blocks_of_any_size(params, folder, drawn, block_size):
    names, data = drawn
    expected = [name.lower() for name in names] if "lowercase" in params else names
    tokenizer = NameTokenizer(**params)
    assert_counted(folder / "names.txt", data, expected, tokenizer, block_size=block_size)


@given(files("ab\0\t"), st.sampled_from([1, 2, 3, 5, 64]), block_sizes)
def test_every_line_is_counted_in_buffers_of_any_size(folder, drawn, n_bytes, block_size):
    names, data = drawn
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, bytes_per_block=n_bytes)
        assert_counted(folder / "names.txt", data, names, block_size=block_size)


LINES = {
    "CR inside": (b"a\rb\nc\n", ["a\rb", "c"]),
    "CR first": (b"\rb\nc\n", ["\rb", "c"]),
    "CR before CRLF": (b"a\r\r\nb\r\n", ["a\r", "b"]),
    "CR inside of accents": ("é\rb\r\nc\n".encode(), ["é\rb", "c"]),
    "CRs only": (b"\r\r\nb", ["\r", "b"]),
    "CR at the end of the file": (b"a\nb\r", ["a", "b"]),
    "accents and CR at the end of the file": ("é\nb\r".encode(), ["é", "b"]),
    "CRLF with accents": ("é\r\nб\r\n".encode(), ["é", "б"]),
    "BOM of a later line": (b"a\n" + BOM + b"b\n", ["a", "b"]),
    "BOMs of several lines": ((BOM + b"a\r\n" + BOM + b"b\n") * 3, ["a", "b"] * 3),
    "two BOMs": (BOM + BOM + b"b\n" + BOM + BOM + b"c", ["b", "c"]),
    "lines of BOMs": (b"a\n" + BOM + b"\n" + BOM + b"\r\nb\n" + BOM, ["a", "b"]),
    "BOM inside": (b"a" + BOM + b"b\nc" + BOM, ["a\ufeffb", "c\ufeff"]),
    "separators": (
        "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\n".encode(),
        ["a\vb\fc\x1cd\x85e\u2028f\u2029g"],
    ),
    "space": (b" a \n\t\n", [" a ", "\t"]),
    "NUL": (b"\0\n\0\0", ["\0", "\0\0"]),
    "a long line": (b"ab" * 20, ["ab" * 20]),
    "one byte": (b"a", ["a"]),
    "DEL": (b"\x7f\n~", ["\x7f", "~"]),
    "astral": ("😀\n\U0010ffff".encode(), ["😀", "\U0010ffff"]),
    "blank lines": (b"\n\na\n\r\n\nb\n\n", ["a", "b"]),
}


@pytest.mark.parametrize(("data", "names"), LINES.values(), ids=LINES)
@every_way
def test_only_lf_and_crlf_end_a_line(data, names, params, path):
    for block_size in (1, 2, 5, 100):
        assert_counted(path, data, names, NameTokenizer(**params), block_size=block_size)


@pytest.mark.parametrize("params", [{}, {"analyzer": list}, {"lowercase": True}], ids=str)
def test_text_that_is_decoded_in_pieces_is_counted_whole(params, path, monkeypatch):
    names = ["emma", "zoë", "李明", "\t", "a\0", "", "b" * 50, "zoë", *"xyz", ""]
    tokenizer = NameTokenizer(**params)
    for n_bytes in (1, 2, 7, 40, 1000):
        set_sizes(monkeypatch, bytes_per_decoding=n_bytes)
        assert_counted(path, "\r\n".join(names).encode(), filter_names(names), tokenizer)
        path.write_bytes("\n".join([*names, "a.b", "c"]).encode())
        with pytest.raises(ValueError, match=f"line {len(names) + 1}: the name is 'a.b'"):
            count_bigrams(path, tokenizer=tokenizer)


def test_a_million_boms_are_dropped_at_once(path):
    assert_counted(path, b"a\n" + BOM * 10**6 + b"b", ["a", "b"])


@every_way
def test_the_line_of_an_error_counts_lines_of_boms(params, path):
    path.write_bytes(b"a\n" + BOM + b"\n" + BOM + b"b\nc.d\n")
    for block_size in (1, 5, 100):
        with pytest.raises(ValueError, match=f"^{path}, line 4: the name is 'c.d'"):
            count_bigrams(path, tokenizer=NameTokenizer(**params), block_size=block_size)


def filter_names(names):
    """Return the names that are not empty: blank lines do not count."""
    return [name for name in names if name]


@given(st.lists(st.text(letters | st.sampled_from("ΣσSİ\u0307'"), min_size=1), min_size=1))
@example(["ΑΣ", "ΑΣ'", "Σ", "ΑΣΑ"])
@example(["AZ", "az[@`{"])
def test_lower_case_of_a_file_is_that_of_each_name(names):
    tokenizer = NameTokenizer(lowercase=True)
    data = "".join(f"{name}\r\n" for name in names).encode()
    assume(drop_boms(names))
    counts = count_bigrams(io.BytesIO(data), tokenizer=tokenizer)
    assert as_counter(counts) == count_by_hand([name.lower() for name in drop_boms(names)])


@pytest.mark.parametrize("boundary", ["a", "A", "\n", "."])
@pytest.mark.parametrize("text", ["Emma\nEVA\nzoE", "Emma\nZOË\n"])
def test_a_boundary_is_compared_with_names_in_lower_case(boundary, text, path):
    path.write_text(text, encoding="utf-8")
    tokenizer = NameTokenizer(lowercase=True, boundary=boundary)
    if boundary == "a":
        with pytest.raises(ValueError, match=r"line 1: the name is 'emma' and holds"):
            count_bigrams(path, tokenizer=tokenizer)
    else:
        counts = count_bigrams(path, tokenizer=tokenizer)
        assert as_counter(counts) == count_by_hand(text.lower().split(), boundary)


# Tokenizers


def clusters(name):
    return {"e\u0301va": ["e\u0301", "v", "a"], "🇩🇪x": ["🇩🇪", "x"]}.get(name, list(name))


NAMES = ["emma", "olivia", "zoë", "李明", "anne-marie", "o b", "\t", "a\0"]
SYMBOLS = {
    "accents": ({"strip_accents": "ascii"}, ["zoë", "emma"], lambda name: name.replace("ë", "e")),
    "lowercase": ({"lowercase": True}, [*NAMES, "EMMA", "İ", "ß"], str.lower),
    "grapheme": ({"analyzer": "grapheme"}, [*NAMES, "e\u0301va", "🇩🇪x"], clusters),
    "words": ({"analyzer": str.split, "boundary": "<s>"}, ["mary ann", "ann", " "], str.split),
    "max_length": ({"max_length": 10}, NAMES, list),
    "alphabet": ({"alphabet": "ab"}, NAMES, list),
    "unknown": ({"alphabet": "ab", "handle_unknown": "use_unknown"}, NAMES, list),
    **{
        f"boundary {boundary!r}": ({"boundary": boundary}, [*NAMES, "a.b"], list)
        for boundary in ("$", "é", "ё", "😀", "\n", "\r", "\x01", "\ufeff", "\x7f", "\x80")
    },
}


@pytest.mark.parametrize(("params", "names", "symbols"), SYMBOLS.values(), ids=SYMBOLS)
def test_a_tokenizer_says_what_a_symbol_is(params, names, symbols, path):
    tokenizer = NameTokenizer(**params)
    path.write_bytes("\n".join(names).encode())
    for source, block_size in ((names, 1), (iter(names), 1), (path, 1), (path, 5), (path, 2**20)):
        counts = count_bigrams(source, tokenizer=tokenizer, block_size=block_size)
        assert as_counter(counts) == count_by_hand(names, params.get("boundary", "."), symbols)
    assert not hasattr(tokenizer, "symbols_")


# Bad lines

BAD_BYTES = {
    "a byte that is never used": (b"a\xff", 0xFF),
    "a start without its rest": (b"\xc3", 0xC3),
    "a rest without its start": (b"\xa9b", 0xA9),
    "a surrogate": (b"\xed\xa0\x80", 0xED),
    "an overlong form": (b"\xc0\xaf", 0xC0),
    "Latin-1": (b"zo\xeb", 0xEB),
}
BAD_LINES = {
    "boundary": ({}, b"a.b", "'a.b' and holds the boundary symbol '.'"),
    "boundary beside others": ({}, "ёa.b".encode(), "'ёa.b' and holds the boundary symbol '.'"),
    "own boundary": ({"boundary": "é"}, "aé".encode(), "'aé' and holds the boundary symbol 'é'"),
    "lowercase": ({"lowercase": True}, b"A.b", "'a.b' and holds the boundary symbol '.'"),
    "too long": ({"max_length": 4}, b"emmas", "'emmas' and has 5 symbols"),
    "word": ({"analyzer": str.split}, b"a . b", "'a . b' and holds the boundary symbol '.'"),
}


def assert_line_refused(path, line, problem, tokenizer, start=b""):
    """Assert that an error names the bad line, wherever it stands and lines end."""
    for index in (0, 4, 8):
        lines = [b"emma", b"", b"ava"] * 3
        lines[index] = line
        for end in (b"\n", b"\r\n"):
            data = start + end.join(lines)
            path.write_bytes(data)
            message = f", line {index + 1}: {problem}"
            for block_size in (1, 12, 1000):
                options = {"tokenizer": tokenizer, "block_size": block_size}
                with pytest.raises(ValueError, match="^" + re.escape(f"{path}{message}")):
                    count_bigrams(path, **options)
                with pytest.raises(ValueError, match="^" + re.escape(f"The stream{message}")):
                    count_bigrams(io.BytesIO(data), **options)


@pytest.mark.parametrize(("line", "byte"), BAD_BYTES.values(), ids=BAD_BYTES)
@every_way
def test_bytes_that_are_not_utf8_are_named_by_file_and_line(line, byte, params, path):
    problem = f"not UTF-8 text, at the byte 0x{byte:02x}: convert it, or pass the lines"
    assert_line_refused(path, line, problem, NameTokenizer(**params))


@pytest.mark.parametrize(("params", "line", "problem"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_that_is_no_name_is_named_by_file_and_line(params, line, problem, path):
    assert_line_refused(path, line, f"the name is {problem}", NameTokenizer(**params), BOM)


def initial_and_rest(name):
    return [name[0], *name[1:]]


def test_an_analyzer_never_gets_a_blank_line(path):
    path.write_bytes(b"\nemma\n\na.b\n")
    tokenizer = NameTokenizer(analyzer=initial_and_rest)
    with pytest.raises(ValueError, match=f"^{path}, line 4: .* boundary"):
        count_bigrams(path, tokenizer=tokenizer)


def test_an_analyzer_that_returns_no_symbols_is_a_type_error(path):
    path.write_bytes(b"ann\neve\n")
    with pytest.raises(TypeError, match="analyzer returned 3 for 'ann'"):
        count_bigrams(path, tokenizer=NameTokenizer(analyzer=len))


# Memory


@pytest.mark.parametrize(
    ("text", "params"),
    [("zoëолия李", {}), ("EmmaOlivia", {"lowercase": True}), ("emma", {"max_length": 10**6})],
)
def test_memory_does_not_grow_with_the_file(text, params, path):
    line = f"{text}\n".encode()

    def peak(n_bytes):
        path.write_bytes(line * (n_bytes // len(line)))
        tracemalloc.start()
        try:
            count_bigrams(path, tokenizer=NameTokenizer(**params), block_size=MB // 4)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(3 * MB) < peak(MB) + MB


# Long lines


@pytest.mark.parametrize("end", [b"\n", b"\nemma\n", b""])
@pytest.mark.parametrize("kind", ["file", "gz", "stream"])
def test_a_line_that_is_too_long_is_named_by_file_and_line(kind, end, tmp_path, monkeypatch):
    path = tmp_path / ("names.gz" if kind == "gz" else "names.txt")
    tokenizer = NameTokenizer(analyzer=list)
    for n_bytes, block_size, n in product((1, 3, 20), (1, 7, 20), (20, 21, 22, 100)):
        set_sizes(monkeypatch, max_bytes_per_line=20, bytes_per_decoding=n_bytes)
        data = "é\nzoë\n\n".encode() + b"x" * n + end
        path.write_bytes(gzip.compress(data) if kind == "gz" else data)
        source = io.BytesIO(data) if kind == "stream" else path
        options = {"tokenizer": tokenizer, "block_size": block_size}
        if n == 20:
            names = ["é", "zoë", "x" * n, *end.decode().split()]
            assert as_counter(count_bigrams(source, **options)) == count_by_hand(names)
        else:
            name = "The stream" if kind == "stream" else path
            with pytest.raises(ValueError, match=f"^{name}, line 4: longer than .* MiB: put one"):
                count_bigrams(source, **options)


def test_a_line_that_is_too_long_ends_the_tasks_of_a_stream(monkeypatch):
    set_sizes(monkeypatch, max_bytes_per_line=20)
    stream = io.BytesIO(b"emma\n" + b"x" * 1000)
    refused = pytest.raises(ValueError, match=r"^The stream, line 2: longer than")
    with ThreadPoolExecutor(2) as executor, refused:
        count_bigrams(stream, executor=executor, block_size=10)
    assert stream.tell() < 100


def test_a_long_line_beside_letters_that_are_not_ascii_is_refused(path, monkeypatch):
    set_sizes(monkeypatch, max_bytes_per_line=20, bytes_per_decoding=8)
    path.write_bytes("zoë\n".encode() + b"x" * 21 + b"\nemma\n")
    with pytest.raises(ValueError, match=f"^{path}, line 2: longer than"):
        count_bigrams(path)
    path.write_bytes(b"zoe\n" + b"x" * 21 + b"\nemma\n")
    assert as_counter(count_bigrams(path)) == count_by_hand(["zoe", "x" * 21, "emma"])


@pytest.mark.parametrize("kind", ["stream", "gz", "accents"])
def test_memory_does_not_grow_with_the_line(kind, tmp_path, monkeypatch):
    set_sizes(monkeypatch, max_bytes_per_line=MB, bytes_per_decoding=MB, max_bytes_read=MB)
    path = tmp_path / ("names.gz" if kind == "gz" else "names.txt")
    data = "é".encode() + b"x" * 40 * MB
    path.write_bytes(gzip.compress(data, 1) if kind == "gz" else data)
    tracemalloc.start()
    try:
        with open(path, "rb") as stream, pytest.raises(ValueError, match="line 1: longer than 1 M"):
            count_bigrams(stream if kind == "stream" else path)
        assert tracemalloc.get_traced_memory()[1] < 20 * MB
    finally:
        tracemalloc.stop()


# Text that is none


@pytest.mark.parametrize(
    ("compress", "command"),
    [
        (gzip.compress, "gzip -dc"),
        (bz2.compress, "bzip2 -dc"),
        (lzma.compress, "xz -dc"),
        (lambda data: b"(\xb5/\xfd" + data, "zstd -dc"),
        (lambda data: b"PK\3\4\xff" + data, "unzip -p"),
    ],
)
def test_a_compressed_file_is_named_with_the_command_that_decompresses_it(compress, command, path):
    path.write_bytes(compress("zoë\n".encode() * 100))
    message = f"^{path}, line 1: not text, but the start of a compressed file: .* `{command}`"
    for params in TOKENIZERS.values():
        with pytest.raises(ValueError, match=message):
            count_bigrams(path, tokenizer=NameTokenizer(**params))


def test_a_counts_file_without_its_ending_is_told_from_other_archives(tmp_path):
    counts = count_bigrams(["zoë"])
    counts.save(tmp_path / "counts")
    with pytest.raises(
        ValueError, match=r"or, if it holds counts, give it a name that ends in \.npz"
    ):
        count_bigrams(tmp_path / "counts")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_utf16_without_a_mark_is_warned_of_once(encoding, path):
    path.write_bytes("emma\r\n\nolivia\n".encode(encoding) * 10)
    message = f"^{path} holds many NUL characters, as UTF-16 text without a byte order mark does"
    for block_size in (50, 1000):
        with pytest.warns(UserWarning, match=message) as caught:
            count_bigrams([path, path], block_size=block_size)
        assert len(caught) == 1
        assert caught[0].filename == __file__


@pytest.mark.filterwarnings("error")
def test_a_few_nuls_are_not_warned_of(path):
    path.write_bytes(b"emma\0ava\n")
    assert "\0" in count_bigrams(path).symbols
