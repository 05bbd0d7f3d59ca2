"""Real files of many types: stamped, read by what reads their type, and stripped to the byte."""

import os
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from random import Random

import orjson
import pytest
from blake3 import blake3

from onextree.stamping.marking import carried, read, strip
from onextree.stamping.model import StampType
from onextree.stamping.sidecars import read_sidecar
from onextree.stamping.styles import STYLES, style_of
from onextree.store.embedded.cluster import Cluster
from tests.integration.test_migrations import CREATE, database_name, dump, psql
from tests.stamped import marked
from tests.stamped_types import parsers, written
from tests.stamped_types.real import BESIDE, REAL, SITE, RealFile, load
from tests.stamped_types.verdicts import Reader, Refused
from tests.stamped_types.written import WRITTEN, WrittenFile

_MARK = b"\xef\xbb\xbf"


def _variants(content: bytes, name: str) -> Iterator[bytes]:
    """The same file as other machines and editors have it, itself the first one."""
    yield content
    lines = content.replace(b"\r\n", b"\n")
    yield lines.replace(b"\n", b"\r\n")
    yield lines.rstrip(b"\n")
    if style_of(name):  # else a shebang says what it is, and behind a mark there is none
        yield _MARK + content.removeprefix(_MARK)


def _stamped(content: bytes, name: str, kind: StampType) -> bytes:
    """The content with its stamp, of which everything holds that stamps promise."""
    before = read(content)
    assert (before.content, list(before.stamps)) == (content, [])
    made = marked(content, name, kind)
    assert made.sidecar is None
    assert made.content != content

    after = read(made.content)
    (stamp,) = after.stamps
    assert (stamp.is_valid, stamp.is_current, stamp.form.value) == (True, True, kind.value)
    assert after.content_hash == before.content_hash == stamp.content_hash
    assert carried(after, name, kind)
    assert strip(made.content) == content

    again = marked(made.content, name, kind)
    assert again.is_unchanged
    assert again.content == made.content
    return made.content


def _check(content: bytes, name: str, readers: Sequence[Reader]) -> None:
    contents = []
    for variant in _variants(content, name):
        contents += [variant, *(_stamped(variant, name, kind) for kind in StampType)]
    for reader in readers:
        plain, *others = said = list(reader(contents))
        assert not isinstance(plain, Refused), plain.reason
        assert others
        for start in range(0, len(said), 3):
            before, *after = said[start : start + 3]
            assert all(each == before for each in after)


def test_forty_types_and_more_are_here_and_each_comment_style() -> None:
    assert len({file.name.rpartition(".")[2].lower() for file in REAL}) >= 40
    assert {style_of(file.name) for file in (*REAL, *WRITTEN)} == {None, *STYLES}
    assert {style_of(file.name) for file in BESIDE} == {None}


@pytest.mark.parametrize(
    "file", [pytest.param(each, id=each.name, marks=each.marks) for each in REAL]
)
def test_a_real_file_says_the_same_with_a_stamp(file: RealFile) -> None:
    _check(load(file), file.name, file.readers)


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.name)
def test_a_file_written_for_this_says_the_same_with_a_stamp(file: WrittenFile) -> None:
    _check(file.content, file.name, file.readers)


def _check_beside(content: bytes, name: str, kind: StampType) -> None:
    made = marked(content, name, kind)
    assert made.content is content
    assert made.sidecar is not None
    stamp = read_sidecar(made.sidecar, content_hash=read(content).content_hash)
    assert stamp is not None
    assert (stamp.is_valid, stamp.is_current) == (True, True)
    said = orjson.loads(made.sidecar)["onex_metadata"]
    assert said["blake3"] == blake3(content).hexdigest()
    other = read_sidecar(made.sidecar, content_hash=read(content + b"x").content_hash)
    assert other is not None
    assert not other.is_valid
    assert marked(content, name, kind).sidecar == made.sidecar


@pytest.mark.parametrize("kind", StampType)
@pytest.mark.parametrize("file", BESIDE, ids=lambda file: file.name)
def test_a_real_file_without_comments_stays_as_it_is(file: RealFile, kind: StampType) -> None:
    _check_beside(load(file), file.name, kind)


@pytest.mark.parametrize("kind", StampType)
@pytest.mark.parametrize("file", written.BESIDE, ids=lambda file: file.name)
def test_a_content_without_a_place_stays_as_it_is(file: WrittenFile, kind: StampType) -> None:
    _check_beside(file.content, file.name, kind)


def test_sql_makes_the_same_schema_with_stamps(
    cluster: Cluster, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    database = database_name(empty_database_url)
    kinds = cycle(StampType)
    for script in CREATE:
        stamped = tmp_path / script.name
        stamped.write_bytes(_stamped(script.read_bytes(), script.name, next(kinds)))
        done = psql(cluster, database, stamped)
        assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr
    assert dump(cluster, database) == dump(cluster, database_name(database_url))


_SAMPLE = 350
_MOST = 40_000  # bytes


def _sample() -> Iterator[Path]:
    """Files of the environment and of the standard library, always the same ones of them."""
    places = (SITE, Path(sysconfig.get_path("stdlib")))
    paths = sorted(path for place in places for path in _files(place))
    chosen = Random(11).sample(paths, len(paths))
    return islice((path for path in chosen if path.stat().st_size <= _MOST), _SAMPLE)


def _files(place: Path) -> Iterator[Path]:
    for directory, below, names in os.walk(place):
        below[:] = [name for name in below if name not in {"__pycache__", "site-packages"}]
        files = (Path(directory, name) for name in names)
        yield from (path for path in files if path.is_file() and not path.is_symlink())


def test_any_file_of_the_environment_comes_back() -> None:
    """Whatever it is, what its stamp is of does not change, and stripped it is as it was."""
    within: Counter[str] = Counter()
    for path in _sample():
        content = path.read_bytes()
        before = read(content)
        assert before.content == content, path
        for kind in StampType:
            made = marked(content, path.name, kind)
            after = read(made.content)
            assert after.content_hash == before.content_hash, path
            assert after.content == content, path
            assert bool(after.stamps) == (made.sidecar is None), path
            assert all(stamp.is_valid and stamp.is_current for stamp in after.stamps), path
            if path.suffix == ".py":
                plain, stamped = parsers.python([content, made.content])
                assert stamped == plain, path
            within[path.suffix] += made.sidecar is None
    assert len(+within) > 8
    assert within[".py"] > 100
