"""Files that other processes change while they are read: whole, or told."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from blake3 import blake3

from onextree.errors import OnexTreeError
from onextree.tree.model import Entry, Tree
from tests.repositories import Repository
from tests.trees import by_path, judged, scanned

HEAD = "import os, sys, time\npath = sys.argv[1]\n"


@contextmanager
def meanwhile(script: str, path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process does something to a file; the script prints a line when it is at it."""
    command = [sys.executable, "-S", "-c", HEAD + script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def scanned_for(seconds: float, root: Path) -> Iterator[Tree]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield scanned(root)


def only(tree: Tree, name: bytes) -> Entry:
    return by_path(tree)[name]


WHOLE = {blake3(letter * 300_000).digest() for letter in (b"a", b"b")}


def test_a_file_replaced_at_once_is_always_whole(repository: Repository) -> None:
    target = repository.write("busy", b"a" * 300_000)
    script = """
print("ready", flush=True)
while True:
    for letter in b"ab":
        with open(path + "~", "wb") as file:
            file.write(bytes([letter]) * 300_000)
        os.replace(path + "~", path)
"""
    repository.write(".gitignore", "*~\n")
    with meanwhile(script, target):
        for tree in scanned_for(0.7, repository.root):
            assert only(tree, b"busy").digest in WHOLE
            assert set(by_path(tree)) == {b".gitignore", b"busy"}


def test_a_file_that_comes_and_goes_is_whole_or_not_there(repository: Repository) -> None:
    target = repository.write("busy", b"a" * 300_000)
    repository.write("quiet", "x")
    repository.commit()
    script = """
print("ready", flush=True)
while True:
    os.rename(path, path + "~")
    time.sleep(0.0005)
    os.rename(path + "~", path)
    time.sleep(0.0005)
"""
    repository.write(".gitignore", "*~\n")
    with meanwhile(script, target):
        for tree in scanned_for(0.7, repository.root):
            assert {b".gitignore", b"quiet"} <= set(by_path(tree))
            busy = by_path(tree).get(b"busy")
            assert busy is None or busy.digest in WHOLE


@pytest.mark.parametrize("form", ["emptied first", "in place"])
def test_a_file_rewritten_all_the_time_ends_no_scan_and_is_right_afterwards(
    repository: Repository, form: str
) -> None:
    """What is read during one long write has the times of that write, so it cannot be told."""
    target = repository.write("busy", b"a" * 300_000)
    script = f"""
file = os.open(path, os.O_WRONLY)
print("ready", flush=True)
while True:
    for letter in b"ab":
        if {form == "emptied first"}:
            os.ftruncate(file, 0)
        os.pwrite(file, bytes([letter]) * 300_000, 0)
"""
    with meanwhile(script, target):
        for tree in scanned_for(1.0, repository.root):
            entry = only(tree, b"busy")
            assert entry.digest is not None
            assert tree.unsettled or entry.size <= 300_000
            assert form == "emptied first" or entry.size == 300_000
    assert set(judged(repository.root)) == {b"busy"}


def test_a_log_that_grows_is_one_of_its_states_or_told(repository: Repository) -> None:
    target = repository.write("log")
    start = 64 << 20
    os.truncate(target, start)
    script = """
file = os.open(path, os.O_WRONLY | os.O_APPEND)
print("ready", flush=True)
while True:
    os.write(file, b"x")
    time.sleep(0.0005)
"""
    with meanwhile(script, target):
        trees = list(scanned_for(1.0, repository.root))
    zeros = blake3(bytes(start))
    for tree in trees:
        entry = only(tree, b"log")
        state = zeros.copy()
        state.update(b"x" * (entry.size - start))
        assert tree.unsettled == 1 or entry.digest == state.digest()
    assert any(tree.unsettled for tree in trees)


def test_a_file_that_shrinks_is_told(repository: Repository) -> None:
    target = repository.write("cut")
    script = """
print("ready", flush=True)
while True:
    for size in (64 << 20, 48 << 20, 32 << 20, 1 << 10):
        os.truncate(path, size)
        time.sleep(0.002)
"""
    os.truncate(target, 64 << 20)
    states = {
        size: blake3(bytes(size)).digest() for size in (64 << 20, 48 << 20, 32 << 20, 1 << 10)
    }
    with meanwhile(script, target):
        for tree in scanned_for(0.7, repository.root):
            entry = only(tree, b"cut")
            assert tree.unsettled == 1 or entry.digest == states[entry.size]


def test_a_file_that_grows_faster_than_it_is_read_is_given_up(repository: Repository) -> None:
    target = repository.write("endless")
    os.truncate(target, 2 << 20)
    # It waits for the file to be opened, and ends by itself, so that reading ends in any case.
    script = """
import ctypes
libc = ctypes.CDLL(None)
events = libc.inotify_init()
libc.inotify_add_watch(events, os.fsencode(path), 0x20)
print("ready", flush=True)
os.read(events, 4096)
start = time.monotonic()
while (passed := time.monotonic() - start) < 3:
    os.truncate(path, (2 << 20) + int(passed * (3 << 30)))
    time.sleep(0.001)
os.truncate(path, 0)
"""
    with meanwhile(script, target):
        start = time.monotonic()
        with suppress(OnexTreeError):
            scanned(repository.root)
        assert time.monotonic() - start < 2.5
