"""Lists of names: one bundled, and the lecture's."""

import hashlib
import os
import sys
from pathlib import Path

from sklearn.utils import Bunch

__all__ = ["fetch_names", "load_names"]

_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
_SHA256 = "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"
_PACKAGE = Path(__file__).parent


def load_names(*, as_frame=False, return_bunch=False):
    """Load the bundled names; nothing is downloaded.

    These are 12,951 given names of many cultures, romanized to a-z, in random order: a list to try
    things on, not a sample of any population.

    Parameters
    ----------
    as_frame : bool, default=False
        Return a pandas Series, and a data frame in the Bunch.

    return_bunch : bool, default=False
        Return a Bunch with a description instead of the names alone.

    Returns
    -------
    names : list of str, or pandas Series of str
        The names.

    bunch : :class:`~sklearn.utils.Bunch`
        If `return_bunch`: ``data`` (the names), ``frame`` (a data frame with the column ``name``,
        or None), ``DESCR`` and ``filename``.

    Examples
    --------
    >>> from sklearn_bigram.datasets import load_names
    >>> names = load_names()
    >>> "emma" in names
    True
    """
    # In a wheel the data stands in the package, in a checkout beside it.
    places = [_PACKAGE / "data" / "names.txt", _PACKAGE.parent / "data" / "names.txt"]
    path = next(place for place in places if place.exists())
    return _load(path, "Given names of many cultures, a-z.", as_frame, return_bunch)


def fetch_names(*, data_home=None, as_frame=False, return_bunch=False):
    """Load the lecture's 32,033 names, downloading them the first time.

    These are the given names of the US Social Security Administration's list for 2018 that the
    repository ``karpathy/makemore`` holds, most frequent first.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder to keep ``names.txt`` in. By default the one that the environment variable
        ``SKLEARN_BIGRAM_DATA`` names, else one in the user's cache.

    as_frame : bool, default=False
        Return a pandas Series, and a data frame in the Bunch.

    return_bunch : bool, default=False
        Return a Bunch with a description instead of the names alone.

    Returns
    -------
    names : list of str, or pandas Series of str
        The names.

    bunch : :class:`~sklearn.utils.Bunch`
        If `return_bunch`: ``data`` (the names), ``frame`` (a data frame with the column ``name``,
        or None), ``DESCR`` and ``filename``.

    Raises
    ------
    OSError
        If the file cannot be downloaded; the message says where to put it by hand.
    ValueError
        If the file in the folder is not the lecture's. It is left as it is.
    """
    import pooch

    folder = data_home or os.environ.get("SKLEARN_BIGRAM_DATA") or pooch.os_cache("sklearn_bigram")
    path = Path(folder).expanduser() / "names.txt"
    if not path.exists():
        downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty())
        try:
            pooch.retrieve(_URL, f"sha256:{_SHA256}", path.name, path.parent, downloader=downloader)
        except (OSError, ValueError) as error:
            raise OSError(
                f"The names could not be downloaded from {_URL} ({type(error).__name__}). Put that "
                f"file at {path} by hand, or set SKLEARN_BIGRAM_DATA to a folder that holds it; "
                "load_names() needs no download."
            ) from error
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    if checksum != _SHA256:
        raise ValueError(
            f"{path} is not the lecture's list: its SHA-256 is {checksum}, not {_SHA256}. Move it "
            "away, or give another folder as data_home or SKLEARN_BIGRAM_DATA."
        )
    return _load(path, "Given names of the US, 2018, most frequent first.", as_frame, return_bunch)


def _load(path, description, as_frame, return_bunch):
    names = path.read_text(encoding="utf-8").splitlines()
    frame = None
    if as_frame:
        import pandas as pd

        frame = pd.DataFrame({"name": names})
        names = frame["name"]
    if not return_bunch:
        return names
    return Bunch(data=names, frame=frame, DESCR=description, filename=str(path))
