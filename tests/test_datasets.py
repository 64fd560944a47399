import functools
import hashlib
import http.server
import os
import threading

import pandas as pd
import pytest

from sklearn_bigram import datasets
from sklearn_bigram.datasets import fetch_names, load_names

CONTENT = "emma\nolivia\nava"


@pytest.fixture
def server(tmp_path_factory, monkeypatch):
    """Serve a small list in place of the lecture's."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "names.txt").write_text(CONTENT, encoding="utf-8")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{httpd.server_port}/names.txt"
        monkeypatch.setattr(datasets, "_URL", url)
        monkeypatch.setattr(datasets, "_SHA256", hashlib.sha256(CONTENT.encode()).hexdigest())
        yield folder
        httpd.shutdown()


def test_bundled_names_are_many_distinct_and_well_formed():
    names = load_names()
    assert type(names) is list
    assert len(names) >= 3000
    assert len(names) == len(set(names))
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)
    assert {len(name) for name in names} <= set(range(2, 16))


def test_bunch_and_frame():
    bunch = load_names(return_bunch=True)
    assert bunch.data == load_names()
    assert bunch.frame is None
    assert bunch.DESCR
    bunch = load_names(as_frame=True, return_bunch=True)
    assert isinstance(bunch.frame, pd.DataFrame)
    assert bunch.frame["name"].tolist() == load_names()
    with open(bunch.filename, encoding="utf-8") as file:
        assert file.read().split() == load_names()
    pd.testing.assert_series_equal(load_names(as_frame=True), bunch.data)


def test_a_caller_cannot_spoil_the_names_for_the_next():
    load_names().clear()
    assert load_names()


def test_the_lecture_list_where_it_lies_on_this_machine(lecture_names):
    assert len(lecture_names) == 32_033


def test_fetch_downloads_once_and_verifies(server, tmp_path):
    folder = tmp_path / "new" / "folder"
    assert fetch_names(data_home=folder) == CONTENT.split()
    (server / "names.txt").unlink()
    assert fetch_names(data_home=folder) == CONTENT.split()


@pytest.mark.usefixtures("server")
def test_environment_variable_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SKLEARN_BIGRAM_DATA", str(tmp_path))
    bunch = fetch_names(as_frame=True, return_bunch=True)
    assert bunch.data.tolist() == CONTENT.split()
    assert bunch.filename == str(tmp_path / "names.txt")


def test_a_damaged_download_is_not_kept(server, tmp_path):
    (server / "names.txt").write_text("something else", encoding="utf-8")
    with pytest.raises(OSError, match=r"could not be downloaded.*ValueError"):
        fetch_names(data_home=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_a_wrong_checksum_is_neither_used_nor_touched(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("my own names", encoding="utf-8")
    with pytest.raises(ValueError, match=r"is not the lecture's list.*Move the file away"):
        fetch_names(data_home=tmp_path)
    assert path.read_text(encoding="utf-8") == "my own names"


def test_offline_the_error_says_where_to_put_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "_URL", "http://127.0.0.1:9/names.txt")  # nothing listens there
    with pytest.raises(OSError, match=r"could not be downloaded from http") as info:
        fetch_names(data_home=tmp_path)
    assert f"Put the file at {tmp_path / 'names.txt'} manually" in str(info.value)
    assert "SKLEARN_BIGRAM_DATA" in str(info.value)
    assert list(tmp_path.iterdir()) == []


def test_a_long_file_is_not_read_whole(tmp_path):
    path = tmp_path / "names.txt"
    with open(path, "wb") as file:
        file.truncate(2**40)  # more than memory holds
    with pytest.raises(ValueError, match="is not the lecture's list"):
        fetch_names(data_home=tmp_path)


def test_a_pipe_or_a_folder_is_refused(tmp_path):
    for name, make in {"pipe": os.mkfifo, "folder": os.mkdir}.items():
        (tmp_path / name).mkdir()
        make(tmp_path / name / "names.txt")
        with pytest.raises(ValueError, match=r"names\.txt is not a file: set data_home to another"):
            fetch_names(data_home=tmp_path / name)


def test_the_names_are_those_whose_checksum_was_compared(tmp_path, monkeypatch):
    path = tmp_path / "names.txt"
    path.write_bytes(CONTENT.encode())
    sha256 = hashlib.sha256

    def compare(data):
        path.write_bytes(b"other names")
        return sha256(data)

    monkeypatch.setattr(datasets, "_SHA256", sha256(CONTENT.encode()).hexdigest())
    monkeypatch.setattr(datasets.hashlib, "sha256", compare)
    assert fetch_names(data_home=tmp_path) == CONTENT.split()


def test_the_name_of_a_wrong_file_is_escaped(tmp_path):
    folder = tmp_path / "\x1b[2J"
    folder.mkdir()
    (folder / "names.txt").write_bytes(b"other names")
    with pytest.raises(ValueError, match=r"\\x1b\[2J/names\.txt is not"):
        fetch_names(data_home=folder)
