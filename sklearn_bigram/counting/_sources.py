"""count_bigrams: names, files, streams and Dask collections to counts."""

import errno
import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from sklearn_bigram.counting._checks import check_weighted, refuse_paths
from sklearn_bigram.counting._columns import ColumnCoder
from sklearn_bigram.counting._counts import no_counts
from sklearn_bigram.counting._dask import count_dask
from sklearn_bigram.counting._executor import Task, run_tasks
from sklearn_bigram.counting._file_tasks import add_lines, path_tasks, stream_tasks, total_size
from sklearn_bigram.counting._names import count_names
from sklearn_bigram.exceptions import NoNamesError
from sklearn_bigram.tokenization._coder import make_checked_coder
from sklearn_bigram.tokenization._containers import (
    NAMES_PER_PIECE,
    Names,
    is_column,
    resolve_names,
)
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.utils._text import show
from sklearn_bigram.utils._validation import check_weights, check_whole
from sklearn_bigram.utils._warnings import warn_user

_NUL_SHARE = 0.25  # of all symbols, beyond which text may be UTF-16


def count_bigrams(
    source,
    *,
    sample_weight=None,
    delimiter=None,
    tokenizer=None,
    executor=None,
    block_size=2**24,
):
    r"""Count the bigrams of names, files or streams, piece by piece.

    The counts of pieces are added, so pieces can be counted by threads, processes or machines.

    Parameters
    ----------
    source : iterable of str, path, list of paths, binary stream, or Dask collection
        Names; one file, as a str or ``pathlib.Path``; several files, as a list of
        ``pathlib.Path``; a binary file object; a Dask Bag of names or a column of a Dask
        DataFrame. Files and streams hold UTF-8 text with one name on each line. Lines end with
        ``\n`` or ``\r\n``, and empty lines are skipped. A byte order mark (U+FEFF) at the start of
        a line is dropped. A line may have 16 MiB; in files of ASCII text that are not compressed,
        it may be longer. Files whose name ends in ``.gz`` or ``.GZ`` are decompressed. A list
        of str is always a list of names. If its first ten strings (or all, if fewer) are paths of
        existing files, as `glob.glob` returns them, an error is raised: pass
        ``list(map(Path, paths))`` to count the files, or an array or Series to count the strings.

    sample_weight : array-like of shape (n_names,), default=None
        Weight of each name, as in the `fit` of a model: a finite number, not below zero. Symbols
        that occur only in names of weight 0 are left out. Applies only to names in a list, tuple,
        array or Series.

    delimiter : {",", ";", " ", "\t"}, default=None
        If given, each line of a file or stream that is not empty holds a name, this character, and
        the weight of the name, such as ``emma,20355``. A name that holds the delimiter is written
        in double quotes, as in CSV files. A header is an error; to skip it, read the first line
        from a binary stream, and pass the stream. Line numbers in errors then start after it.
        If None, each line is a name: all its characters are symbols, including commas and digits.

    tokenizer : NameTokenizer, default=None
        Splits the names into symbols. None stands for ``NameTokenizer()``, whose boundary is a dot:
        if names hold dots, pass ``NameTokenizer(boundary="\n")``. Its alphabet is not used: all
        symbols are counted.

    executor : concurrent.futures.Executor, default=None
        Runs the counting: threads, processes, or a Dask cluster (``client.get_executor()``). None
        counts in this thread. A Dask collection is counted by Dask's own scheduler instead; if its
        client is closed meanwhile, the call may wait for ever, as all of Dask's calls may. Each
        compressed file is counted as a single task.

    block_size : int, default=16777216
        Number of bytes of a file that are counted at a time, at most 4 MiB for streams and
        compressed files.

    Returns
    -------
    counts : BigramCounts
        The counts, for the `fit` of a model.

    Raises
    ------
    TypeError
        If `tokenizer` is not a NameTokenizer, or `executor` not an executor.
    ValueError
        If there are no names, if strings in a list are paths of existing files, or if a line is
        too long, is not UTF-8, holds the boundary symbol or lacks its weight. The message gives
        the file and the line.
    OSError
        If a file cannot be read, is damaged, or changes while it is counted.
    RuntimeError
        If the executor dies.

    Warns
    -----
    UserWarning
        If every second character of a file is NUL, as in UTF-16 text without a byte order mark.

    See Also
    --------
    BigramCounts : The counts.

    Notes
    -----
    Whole weights count exactly as repetitions of the name do. Fractional weights are added in the
    order of the names, whatever the executor; another `block_size` may change the last digit.

    Examples
    --------
    >>> from sklearn_bigram import count_bigrams
    >>> count_bigrams(name.lower() for name in ["Emma", "Ava"])
    <BigramCounts: 9 bigrams of 5 symbols>
    >>> count_bigrams(["emma", "ava"], sample_weight=[2, 1])
    <BigramCounts: 14 bigrams of 5 symbols>
    >>> import io
    >>> stream = io.BytesIO(b"emma,2\nava,1\n")  # or a path, such as "names.csv"
    >>> count_bigrams(stream, delimiter=",")
    <BigramCounts: 14 bigrams of 5 symbols>
    """
    tokenizer = NameTokenizer() if tokenizer is None else tokenizer
    if not isinstance(tokenizer, NameTokenizer):
        raise TypeError(f"tokenizer is {tokenizer!r}: it must be a NameTokenizer or None.")
    coder = make_checked_coder(tokenizer)
    block_size = check_whole(block_size, "block_size", 1)
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(
            f"executor is {executor!r}: it must be a concurrent.futures.Executor, such as "
            "ThreadPoolExecutor()."
        )
    if isinstance(source, (bytes, bytearray)):
        raise TypeError("source is bytes: pass a path, an open binary file, or names.")
    paths = _find_paths(source)
    check_weighted(source, paths, sample_weight, delimiter)
    if delimiter is not None:
        coder = ColumnCoder(**vars(coder), delimiter=delimiter)
    if paths is not None:
        whole_gz = executor is not None or delimiter is not None  # sums of fractions in one order
        tasks = path_tasks(paths, coder, block_size, whole_gz=whole_gz)
        results = run_tasks(tasks, executor, total_size=total_size(paths))
        counts = add_lines(coder, _warn_of_nul(results)).counts
    elif hasattr(source, "to_delayed"):
        counts = count_dask(source, coder)
    elif hasattr(source, "read"):
        tasks = stream_tasks(source, _stream_name(source), coder, block_size)
        counts = add_lines(coder, _warn_of_nul(run_tasks(tasks, executor))).counts
    else:
        counts = no_counts(coder.boundary)
        for _, part in run_tasks(_name_tasks(source, coder, sample_weight), executor):
            counts = counts + part
    if counts.matrix.nnz == 0:
        raise NoNamesError(", ".join(map(str, paths or ["the source"])), delimiter is not None)
    return counts


def _name_tasks(source, coder, sample_weight):
    """Yield the tasks that count a container or an iterable of names."""
    if isinstance(source, Iterable) and not is_column(source):
        start, names = 0, iter(source)
        while piece := list(islice(names, NAMES_PER_PIECE)):
            if start == 0:
                refuse_paths(piece)
            arguments = (coder, Names(piece), None, start)
            yield Task(None, len(piece), 0, count_names, arguments)
            start += len(piece)
    else:
        names = resolve_names(source)
        if isinstance(source, (list, tuple)):
            refuse_paths(source)
        weights = check_weights(sample_weight, len(names))
        for start, piece in names.pieces():
            part = None if weights is None else weights[start : start + len(piece)]
            yield Task(None, len(piece), 0, count_names, (coder, piece, part, start))


def _warn_of_nul(results):
    """Yield the results of tasks; warn of the first source that seems to be UTF-16 without a mark.

    UTF-16 puts a NUL beside each ASCII character, which is UTF-8 as well.
    """
    source, is_warned = None, False
    for task, part in results:
        if task.source != source and not is_warned and _has_many_nuls(part.counts):
            warn_user(
                f"{show(task.source)} holds many NUL characters, as UTF-16 text without a byte "
                "order mark does. If it is UTF-16, its encoding is utf-16-le or utf-16-be.",
                UserWarning,
            )
            is_warned = True
        source = task.source
        yield task, part


def _has_many_nuls(counts):
    N = counts.matrix
    return counts.symbols[1:2] == ["\0"] and N[:, [1]].sum() >= _NUL_SHARE * N[:, 1:].sum()


def _find_paths(source):
    """Return the paths of the files to count; None for any other source."""
    if isinstance(source, (str, os.PathLike)):
        return [_make_path(source)]
    if isinstance(source, (list, tuple)) and all(isinstance(p, os.PathLike) for p in source):
        return list(map(_make_path, source))
    return None


def _make_path(source):
    """Return a path as a Path, which drops a final separator: only a folder may have one."""
    text = os.fspath(source)
    if not text:
        raise ValueError("The path is empty: give the name of a file.")
    path = Path(text)
    if not os.path.basename(text) and path.is_file():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), text)
    return path


def _stream_name(stream):
    """Return what error messages call a stream."""
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) else "The stream"
