import io
import os
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from sklearn_bigram import BigramCounts, count_bigrams
from sklearn_bigram.utils._files import is_compressed, name_errors, replace_file
from sklearn_bigram.utils._text import show
from tests.helpers import as_counter


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


def test_an_error_of_the_system_names_the_file_and_one_of_ours_is_kept():
    with (
        pytest.raises(OSError, match=r"^\[Errno 5\] broken: 'names.txt'$"),
        name_errors("names.txt"),
    ):
        raise OSError(5, "broken")
    with pytest.raises(OSError, match=r"^broken$"), name_errors("names.txt"):
        raise OSError("broken")


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


def test_a_part_is_named_after_its_target_and_is_as_private(tmp_path):
    path = tmp_path / ("é" * 120)  # a name nearly as long as a file system allows
    path.write_bytes(b"old")
    path.chmod(0o600)
    with replace_file(path) as file:
        (part,) = set(tmp_path.iterdir()) - {path}
        assert part.name.startswith(f".{'é' * 50}.")
        assert part.suffix == ".part"
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_a_part_is_private_before_it_has_its_mode(tmp_path, monkeypatch):
    path, modes = tmp_path / "file", []
    path.write_bytes(b"old")
    path.chmod(0o640)
    chmod = os.chmod

    def watch(part, mode):
        modes.append(stat.S_IMODE(os.stat(part).st_mode))
        chmod(part, mode)

    monkeypatch.setattr(os, "chmod", watch)
    write(path)
    assert modes == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_is_on_the_disk_before_it_replaces_another(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "fsync", lambda number: calls.append(os.fstat(number).st_size))
    write(tmp_path / "file", bytes(1000))
    assert calls == [1000]


is_superuser = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() != 0, reason="only the superuser may change owners"
)


@is_superuser
def test_a_file_keeps_its_owner_and_its_group(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 65534, 65533)
    path.chmod(0o4750)
    write(path)
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (65534, 65533)
    assert stat.S_IMODE(status.st_mode) == 0o4750


@pytest.mark.parametrize("has_owners", [True, False])
def test_a_file_that_cannot_be_given_away_is_written(has_owners, tmp_path, monkeypatch):
    def refuse(*args):
        raise PermissionError

    if has_owners:
        monkeypatch.setattr(os, "chown", refuse)
    else:
        monkeypatch.delattr(os, "chown")
    path = tmp_path / "file"
    path.write_bytes(b"old")
    write(path)
    assert path.read_bytes() == b"new"


@is_superuser
def test_another_group_gets_no_access(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, -1, 65533)
    path.chmod(0o664)
    monkeypatch.delattr(os, "chown")
    write(path)
    assert path.stat().st_gid != 65533
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@pytest.fixture
def ordinary_user():
    """Let the effective user of the test be none that may write everything."""
    if not hasattr(os, "geteuid"):
        pytest.skip("the system has no superuser")
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        if user == 0:
            os.chown(folder, 65534, -1)
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(user)


def test_a_file_that_may_not_be_written_is_refused(ordinary_user):
    path = ordinary_user / "file"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match=f"'{path}'"):
        write(path)
    assert path.read_bytes() == b"old"
    assert list(ordinary_user.iterdir()) == [path]


has_descriptors = pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="there is no /dev/fd")


@has_descriptors
def test_an_open_file_is_written_on(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before ")
    with open(path, "ab") as file:
        for name in (f"/dev/fd/{file.fileno()}", f"/proc/self/fd/{file.fileno()}"):
            if os.path.exists(name):
                write(name)
        os.symlink(f"/dev/fd/{file.fileno()}", tmp_path / "link")
        write(tmp_path / "link", b" linked ")
        file.write(b"after")
    text = path.read_bytes()
    assert text.startswith(b"before new")
    assert text.endswith(b" linked after")


@has_descriptors
def test_an_open_file_is_never_written_before_its_end(tmp_path):
    with (
        open(tmp_path / "file", "wb") as file,
        replace_file(f"/dev/fd/{file.fileno()}") as whole,
    ):
        assert not whole.seekable()
        with pytest.raises(io.UnsupportedOperation):
            whole.tell()
        with pytest.raises(io.UnsupportedOperation):
            whole.seek(0)


@has_descriptors
def test_a_pipe_is_written_to_by_its_number():
    read, written = os.pipe()
    with open(read, "rb") as reader:
        with open(written, "wb"):
            write(f"/dev/fd/{written}")
        assert reader.read() == b"new"


@has_descriptors
def test_counts_in_an_open_file_can_be_read(tmp_path):
    counts = count_bigrams(["emma", "ava"])
    path = tmp_path / "counts.npz"
    with open(path, "ab") as file:
        counts.save(f"/dev/fd/{file.fileno()}")
    assert as_counter(BigramCounts.load(path)) == as_counter(counts)
