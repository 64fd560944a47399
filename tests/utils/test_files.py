import os
import stat
import threading

import pytest

from sklearn_bigram.utils._files import replace_file


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
