import os
import stat
import threading

import pytest

from sklearn_bigram.utils._files import is_compressed, replace_file
from sklearn_bigram.utils._text import show


def write(path, data=b"new"):
    with replace_file(path) as file:
        file.write(data)


def test_a_file_keeps_its_mode(tmp_path):
    path = tmp_path / "private"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write(path)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "file", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert list((tmp_path / "folder").iterdir()) == [target]


def test_a_link_to_nothing_makes_its_target(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write(tmp_path / "link")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=write, args=[pipe])
    writer.start()
    assert pipe.read_bytes() == b"new"
    writer.join()
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no such device")
def test_an_error_names_the_device_that_is_full():
    with pytest.raises(OSError, match="'/dev/full'"):
        write("/dev/full", bytes(10**6))


def test_a_folder_is_an_error_that_names_it(tmp_path):
    with pytest.raises(IsADirectoryError, match=tmp_path.name):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_after_an_error_all_is_as_it_was(there, tmp_path):
    path = tmp_path / "file"
    if there:
        path.write_bytes(b"old")

    def write_half():
        with replace_file(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert list(tmp_path.iterdir()) == [path] * there
    assert not there or path.read_bytes() == b"old"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("end", ["/", "/.", "//"])
def test_a_path_that_ends_in_a_separator_is_an_error(end, there, tmp_path):
    path = tmp_path / "file"
    if there:
        path.write_bytes(b"old")
    with pytest.raises(IsADirectoryError, match=f"'{path}{end}'"):
        write(f"{path}{end}")
    assert list(tmp_path.iterdir()) == [path] * there
    assert not there or path.read_bytes() == b"old"


def test_an_empty_path_is_an_error():
    with pytest.raises(FileNotFoundError):
        write("")


def test_a_file_that_is_too_large_leaves_nothing(tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # as on a full disk
    try:
        with pytest.raises(OSError, match=r"'.*/file'"):
            write(tmp_path / "file", bytes(10**6))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("names.txt", "names.txt"),
        ("zoë 李/a b.txt", "zoë 李/a b.txt"),
        ("\x1b[2J\n\x07\x9b", "\\x1b[2J\\n\\x07\\x9b"),
        ("a\u202eb\udc80", "a\\u202eb\\udc80"),
    ],
)
def test_characters_that_control_a_terminal_are_escaped(text, shown):
    assert show(text) == shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.gz", True),
        ("A.GZ", True),
        ("a.Gz", True),
        (".gz", True),
        ("agz", False),
        ("a.gz.b", False),
    ],
)
def test_the_suffix_of_a_compressed_file_has_any_case(name, expected):
    assert is_compressed(name) is expected
