"""Lists of names: a bundled list, and the list of the lecture."""

import hashlib
import os
import sys
from pathlib import Path

from sklearn.utils import Bunch

from sklearn_bigram.utils._text import show

__all__ = ["fetch_names", "load_names"]

_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
_SHA256 = "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"
_MAX_BYTES = 2**18  # more than that list has
_PACKAGE = Path(__file__).parent


def load_names(*, as_frame=False, return_bunch=False):
    """Load the bundled list of names, without any download.

    The list has 12,951 given names from many cultures, romanized to the letters a-z, in random
    order. It is meant for examples and is not a sample of any population.

    Parameters
    ----------
    as_frame : bool, default=False
        If True, return the names as a pandas Series, and add a data frame to the Bunch.

    return_bunch : bool, default=False
        If True, return a Bunch with the names and a description instead of only the names.

    Returns
    -------
    names : list of str, or pandas Series of str
        The names.

    bunch : :class:`~sklearn.utils.Bunch`
        Returned if `return_bunch` is True. Its attributes are ``data`` (the names), ``frame`` (a
        data frame with the column ``name``, or None), ``DESCR`` and ``filename``.

    Examples
    --------
    >>> from sklearn_bigram.datasets import load_names
    >>> names = load_names()
    >>> "emma" in names
    True
    """
    # The data folder is inside the package in a wheel, and next to it in a source checkout.
    paths = [_PACKAGE / "data" / "names.txt", _PACKAGE.parent / "data" / "names.txt"]
    path = next(path for path in paths if path.exists())
    description = "Given names of many cultures, a-z."
    return _make(path.read_bytes(), path, description, as_frame, return_bunch)


def fetch_names(*, data_home=None, as_frame=False, return_bunch=False):
    """Load the 32,033 names of the lecture, downloading them if necessary.

    These are US given names of 2018, published by the Social Security Administration and taken from
    the repository ``karpathy/makemore``. The most frequent names come first.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder for the file ``names.txt``. If None, the environment variable
        ``SKLEARN_BIGRAM_DATA`` sets the folder; without this variable, it is the folder
        ``sklearn_bigram`` in the user's cache.

    as_frame : bool, default=False
        If True, return the names as a pandas Series, and add a data frame to the Bunch.

    return_bunch : bool, default=False
        If True, return a Bunch with the names and a description instead of only the names.

    Returns
    -------
    names : list of str, or pandas Series of str
        The names.

    bunch : :class:`~sklearn.utils.Bunch`
        Returned if `return_bunch` is True. Its attributes are ``data`` (the names), ``frame`` (a
        data frame with the column ``name``, or None), ``DESCR`` and ``filename``.

    Raises
    ------
    OSError
        If the download fails. The message gives the path for a manual download.
    ValueError
        If ``names.txt`` in the folder is a different list or no file. It is not changed.
    """
    import pooch

    folder = data_home or os.environ.get("SKLEARN_BIGRAM_DATA") or pooch.os_cache("sklearn_bigram")
    path = Path(folder).expanduser() / "names.txt"
    if path.exists() and not path.is_file():
        raise ValueError(f"{show(path)} is not a file: set data_home to another folder.")
    if not path.exists():
        downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty())
        try:
            pooch.retrieve(_URL, f"sha256:{_SHA256}", path.name, path.parent, downloader=downloader)
        except (OSError, ValueError) as error:
            raise OSError(
                f"The names could not be downloaded from {_URL} ({type(error).__name__}). Put the "
                f"file at {show(path)} manually, or set SKLEARN_BIGRAM_DATA to a folder that "
                "contains it. load_names() needs no download."
            ) from error
    with open(path, "rb") as file:
        data = file.read(_MAX_BYTES)  # a file that is longer has another checksum, too
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise ValueError(
            f"{show(path)} is not the lecture's list, whose SHA-256 is {_SHA256}. Move the file "
            "away, or set data_home or SKLEARN_BIGRAM_DATA to another folder."
        )
    description = "Given names of the US, 2018, most frequent first."
    return _make(data, path, description, as_frame, return_bunch)


def _make(data, path, description, as_frame, return_bunch):
    names = data.decode("utf-8").splitlines()
    frame = None
    if as_frame:
        import pandas as pd

        frame = pd.DataFrame({"name": names})
        names = frame["name"]
    if not return_bunch:
        return names
    return Bunch(data=names, frame=frame, DESCR=description, filename=str(path))
