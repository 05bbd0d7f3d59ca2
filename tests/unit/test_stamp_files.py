"""Files are replaced as a whole or not at all, and only those that were read."""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from onextree.stamping.files import (
    FileRead,
    Refusal,
    RefusalCode,
    read_file,
)
from onextree.stamping.replacing import Replacements, is_partial, remove_abandoned

OLD, NEW = b"old\n" * 1000, b"new\n" * 1001


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "a.py").write_bytes(OLD)
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def replace(directory: int, name: str = "a.py", content: bytes = NEW) -> Refusal | None:
    with Replacements() as replacements:
        replacements.replace(1, directory, name, content, read(directory, name))
        return replacements.finish()[1]


def read(directory: int, name: str = "a.py") -> FileRead:
    return read_file(directory, name, most=1 << 20)


def refused(work: Callable[[], object]) -> RefusalCode:
    with pytest.raises(Refusal) as refusal:
        work()
    return refusal.value.code


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir())


def test_a_file_is_replaced_with_its_mode_owner_and_attributes(
    directory: int, tmp_path: Path
) -> None:
    file = tmp_path / "a.py"
    file.chmod(0o751)
    owner = (1234, 2345) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(file, *owner)
    file.chmod(0o6751)
    try:
        os.setxattr(file, "user.note", b"kept")
        attributes = ["user.note"]
    except OSError:
        attributes = []
    assert replace(directory) is None
    status = file.stat()
    assert (file.read_bytes(), names(tmp_path)) == (NEW, ["a.py"])
    assert (status.st_mode & 0o7777, status.st_uid, status.st_gid) == (0o6751, *owner)
    assert [name for name in os.listxattr(file) if name.startswith("user.")] == attributes


def test_an_access_list_is_kept(directory: int, tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    entries = [(0x01, 6, 2**32 - 1), (0x02, 4, 4321), (0x04, 4, 2**32 - 1), (0x10, 6, 2**32 - 1)]
    entries.append((0x20, 0, 2**32 - 1))
    told = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + permissions.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, permissions, who in entries
    )
    try:
        os.setxattr(file, "system.posix_acl_access", told)
    except OSError:
        pytest.skip("this file system has no access lists")
    assert replace(directory) is None
    assert os.getxattr(file, "system.posix_acl_access") == told
    assert file.read_bytes() == NEW


def test_a_new_file_is_as_readable_as_the_one_beside_it(directory: int, tmp_path: Path) -> None:
    (tmp_path / "a.py").chmod(0o740)
    with Replacements() as replacements:
        beside = ("a.py", read_file(directory, "a.py", most=1 << 20))
        replacements.create(1, directory, "side.json", b"{}", beside)
        replacements.create(2, directory, "other.json", b"{}", beside)
        (tmp_path / "other.json").write_bytes(b"mine")
        done = replacements.finish()
    assert done[1] is None
    assert done[2] is not None
    assert done[2].code is RefusalCode.CHANGED
    assert (tmp_path / "side.json").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "other.json").read_bytes() == b"mine"
    assert names(tmp_path) == ["a.py", "other.json", "side.json"]


def rewrite(file: Path) -> None:
    file.write_bytes(OLD.replace(b"old", b"odd", 1))


def same_size_and_times(file: Path) -> None:
    before = file.stat()
    rewrite(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def another_in_its_place(file: Path) -> None:
    other = file.with_name("b.py")
    other.write_bytes(OLD)
    other.replace(file)


def a_link_in_its_place(file: Path) -> None:
    file.rename(file.with_name("b.py"))
    file.symlink_to("b.py")


@pytest.mark.parametrize(
    "change", [rewrite, same_size_and_times, another_in_its_place, a_link_in_its_place, Path.unlink]
)
def test_a_file_that_changed_meanwhile_stays_as_it_is(
    change: Callable[[Path], None], directory: int, tmp_path: Path
) -> None:
    file = tmp_path / "a.py"
    with Replacements() as replacements:
        replacements.replace(1, directory, "a.py", NEW, read_file(directory, "a.py", most=1 << 20))
        change(file)
        after = [(path.name, path.read_bytes()) for path in tmp_path.iterdir()]
        after = [each for each in after if not is_partial(each[0])]
        refusal = replacements.finish()[1]
    assert refusal is not None
    assert refusal.code is RefusalCode.CHANGED
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir()) == sorted(after)


def test_a_change_within_one_tick_of_the_clock_is_seen(
    directory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Replacements() as replacements:
        replacements.replace(1, directory, "a.py", NEW, read_file(directory, "a.py", most=1 << 20))
        rewrite(tmp_path / "a.py")
        # As a file system with coarse times would have it: the figures tell nothing.
        monkeypatch.setattr("onextree.stamping.replacing.figures", lambda _: ())
        refusal = replacements.finish()[1]
    assert refusal is not None
    assert refusal.code is RefusalCode.CHANGED


def test_a_hard_linked_file_is_refused(directory: int, tmp_path: Path) -> None:
    os.link(tmp_path / "a.py", tmp_path / "b.py")
    assert refused(lambda: replace(directory)) is RefusalCode.HARD_LINKED
    assert names(tmp_path) == ["a.py", "b.py"]
    assert (tmp_path / "b.py").stat().st_nlink == 2


def test_only_regular_files_are_read(directory: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "below").mkdir()
    (tmp_path / "link").symlink_to("a.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
        for name in ("fifo", "below", "socket"):
            assert refused(partial(read, directory, name)) is RefusalCode.NOT_A_FILE
    assert refused(lambda: read(directory, "link")) is RefusalCode.SYMLINK
    assert refused(lambda: read(directory, "nothing")) is RefusalCode.NOT_FOUND
    assert refused(lambda: read_file(directory, "a.py", most=3999)) is RefusalCode.TOO_LARGE
    assert read_file(directory, "a.py", most=4000).content == OLD
    device = os.open("/dev", os.O_RDONLY | os.O_DIRECTORY)
    assert refused(lambda: read(device, "null")) is RefusalCode.NOT_A_FILE
    os.close(device)


FAILING = ("open", "write", "fchmod", "fsync", "rename")


@pytest.mark.parametrize("step", FAILING)
def test_an_error_leaves_the_old_file_and_nothing_else(
    step: str, directory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **named: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    original = read_file(directory, "a.py", most=1 << 20)
    with Replacements() as replacements, monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        try:
            replacements.replace(1, directory, "a.py", NEW, original)
            refusal = replacements.finish()[1]
        except Refusal as found:
            refusal = found
    assert refusal is not None
    assert refusal.code is RefusalCode.IO_ERROR
    assert "No space left" in refusal.message
    assert (tmp_path / "a.py").read_bytes() == OLD
    assert names(tmp_path) == ["a.py"]


def test_what_others_left_is_removed_unless_they_still_write(
    directory: int, tmp_path: Path
) -> None:
    left = tmp_path / ".onextree-0123456789abcdef.partial"
    left.write_bytes(b"half")
    with Replacements() as replacements:
        replacements.replace(1, directory, "a.py", NEW, read(directory))
        (tmp_path / "b.partial").write_bytes(b"mine")
        remove_abandoned(directory, [os.fsencode(name) for name in names(tmp_path)])
        assert not left.exists()
        assert replacements.finish() == {1: None}
    assert (tmp_path / "a.py").read_bytes() == NEW
    assert names(tmp_path) == ["a.py", "b.partial"]


KILLED = """
import os, signal, sys
from onextree.stamping.files import read_file
from onextree.stamping.replacing import Replacements
step, when = sys.argv[1], sys.argv[2]
directory = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
original = read_file(directory, "a.py", most=1 << 20)
real = getattr(os, step)
def dying(*arguments, **named):
    if when == "after":
        real(*arguments, **named)
    elif step == "write":
        real(arguments[0], bytes(arguments[1])[:100])
    os.kill(os.getpid(), signal.SIGKILL)
with Replacements() as replacements:
    setattr(os, step, dying)
    replacements.replace(1, directory, "a.py", b"new\\n" * 1001, original)
    replacements.finish()
"""


@pytest.mark.parametrize(
    ("step", "when", "content"),
    [
        *((step, "before", OLD) for step in FAILING),
        *((step, "after", OLD) for step in FAILING[:-1]),
        ("rename", "after", NEW),
    ],
)
@pytest.mark.usefixtures("directory")
def test_whoever_is_killed_leaves_the_old_file_or_the_new_one(
    step: str, when: str, content: bytes, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KILLED, step, when]
    ended = subprocess.run(command, cwd=tmp_path, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / "a.py").read_bytes() == content
    left = [name for name in names(tmp_path) if name != "a.py"]
    assert all(is_partial(name) for name in left)
    assert len(left) <= 1
