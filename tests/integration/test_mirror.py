"""Mirrors of repositories behind real git servers."""

import random
import shutil
from pathlib import Path

import pytest

from onextree.errors import (
    DeadlineExceeded,
    InvalidRequest,
    RemoteCommitNotFound,
    RemoteUnreachable,
    RepositoryUnreadable,
)
from onextree.git import mirror_files
from onextree.git.mirror import Mirror, RemoteHead
from onextree.tree.commit.scan import scan_commit, scan_remote
from tests.git_servers import HttpServer, Relay, mirror_of
from tests.mirrors import grow, head_of, judged, kept, leftovers
from tests.repositories import Repository
from tests.trees import git

TRUNK = b"refs/heads/trunk"


def test_a_commit_comes_by_git_daemon(mirror: Mirror, served: Repository) -> None:
    assert mirror.head() == RemoteHead(head_of(served), TRUNK)
    judged(mirror, served)
    assert git(mirror.git_dir, "fsck", "--strict") == b""


def test_a_commit_comes_by_smart_http(tmp_path: Path, web: HttpServer, served: Repository) -> None:
    mirror = mirror_of(tmp_path / "mirrors", web.url("project"))
    judged(mirror, served)
    grow(served)
    judged(mirror, served)


def test_history_is_not_fetched_and_what_is_here_is_not_sent_again(
    mirror: Mirror, served: Repository
) -> None:
    grow(served)
    for number in range(5):
        served.write("c", f"{number}")
        served.commit()
    judged(mirror, served)
    assert git(mirror.git_dir, "rev-list", "--count", head_of(served)).strip() == b"1"
    before = mirror_files.State.of(mirror.git_dir)
    served.write("c", "new")
    served.commit()
    judged(mirror, served)
    assert 0 < before.growth() < 10_000


def test_a_commit_that_is_here_is_not_asked_for(
    served: Repository, tmp_path: Path, daemon: int
) -> None:
    with Relay(daemon) as relay:
        mirror = mirror_of(tmp_path / "mirrors", f"git://127.0.0.1:{relay.port}/project")
        commit = mirror.head().commit
        mirror.fetch(commit)
    mirror.fetch(commit)
    with pytest.raises(RemoteUnreachable):
        mirror.head()


def test_branches(mirror: Mirror, served: Repository) -> None:
    first = head_of(served)
    served.git("checkout", "-q", "-b", "topic/ä")
    second = grow(served)
    served.git("branch", "foo/refs/heads/trunk")
    assert mirror.head() == RemoteHead(second, "refs/heads/topic/ä".encode())
    assert mirror.head("trunk") == RemoteHead(first, TRUNK)
    assert mirror.head("topic/ä").commit == second
    served.git("checkout", "-q", "--detach")
    assert mirror.head() == RemoteHead(second, None)
    for branch in ("none", "topic", "refs/heads/trunk", "heads/trunk"):
        with pytest.raises(RemoteCommitNotFound, match="give a branch"):
            mirror.head(branch)
    for branch in (
        "",
        "*",
        "tr?nk",
        "--all",
        "a..b",
        "a b",
        "a\nb",
        "a.lock",
        "a@{b",
        "../x",
        "/a",
        "\udcff",
    ):
        with pytest.raises(RemoteCommitNotFound, match="No branch"):
            mirror.head(branch)


def test_a_repository_without_commits(mirror: Mirror, served: Repository) -> None:
    shutil.rmtree(served.root)
    Repository.init(served.root)
    with pytest.raises(RemoteCommitNotFound, match="no commit yet"):
        mirror.head()


def test_a_commit_below_the_tip(mirror: Mirror, served: Repository) -> None:
    first = head_of(served)
    grow(served)
    assert scan_remote(mirror, first).tree.total_files == 4


def test_a_commit_that_the_server_lacks(mirror: Mirror, served: Repository) -> None:
    with pytest.raises(RemoteCommitNotFound, match="ask for one"):
        mirror.fetch("1" * 40)
    with pytest.raises(InvalidRequest):
        mirror.fetch("HEAD")
    assert leftovers(mirror) == []
    judged(mirror, served)


def test_a_repository_that_the_server_lacks(tmp_path: Path, daemon: int, web: HttpServer) -> None:
    for url in (f"git://127.0.0.1:{daemon}/none", web.url("none")):
        with pytest.raises(RemoteUnreachable, match="check the URL"):
            mirror_of(tmp_path / "mirrors", url).head()


def test_sha256(tmp_path: Path, daemon: int, served: Repository) -> None:
    mirror = mirror_of(tmp_path / "mirrors", f"git://127.0.0.1:{daemon}/project")
    judged(mirror, served)
    shutil.rmtree(served.root)
    served.root.mkdir()
    git(served.root, "init", "-q", "-b", "trunk", "--object-format=sha256")
    served.write("a", "1")
    served.commit()
    judged(mirror, served)
    assert len(mirror.head().commit) == 64


def test_the_last_few_commits_stay(mirror: Mirror, served: Repository) -> None:
    commits = []
    for number in range(7):
        served.write("big", random.Random(number).randbytes(50_000))
        commits.append(served.commit())
        mirror.fetch(commits[-1])
    assert kept(mirror) == commits[3:]
    mirror.fetch(commits[3])
    with mirror.reading():
        mirror.prune()
    assert scan_commit(mirror.objects, commits[0]).tree.total_files == 5
    mirror.prune()
    assert kept(mirror) == [*commits[4:], commits[3]]
    for commit in commits[:3]:
        with pytest.raises(RepositoryUnreadable):
            mirror.objects.tree_id(commit)
    for commit in commits[3:]:
        assert scan_commit(mirror.objects, commit).tree.total_files == 5
    assert sum(path.stat().st_size for path in mirror.git_dir.rglob("*.pack")) < 250_000
    judged(mirror, served)
    judged(mirror, served)


def test_packs_are_collected_now_and_then(
    mirror: Mirror, served: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onextree.git.mirror._MOST_PACKS", 3)
    for number in range(6):
        served.write("c", f"{number}")
        mirror.fetch(served.commit())
        assert mirror_files.count_packs(mirror.git_dir) <= 3
    judged(mirror, served)


def test_a_mirror_is_not_thrown_away_while_somebody_reads(
    mirror: Mirror, served: Repository
) -> None:
    judged(mirror, served)
    hasty = mirror_of(mirror.directory, str(mirror.url), timeout=0.2)
    with mirror.reading() as store:
        with pytest.raises(DeadlineExceeded):
            hasty.discard()
        assert store.tree_id(head_of(served))
    hasty.discard()
    assert not mirror.git_dir.exists()
    mirror.prune()
    judged(mirror, served)


def test_what_git_refuses_is_not_kept(mirror: Mirror, served: Repository) -> None:
    root = served.root
    blob = git(root, "hash-object", "-w", "--stdin", given=b"x").strip()
    body = b"100644 .git\0" + bytes.fromhex(blob.decode())
    words = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
    tree = git(root, *words, given=body).strip()
    commit = git(root, "commit-tree", "-m", "x", tree).decode().strip()
    git(root, "update-ref", "refs/heads/bad", commit)
    with pytest.raises(RemoteUnreachable):
        mirror.fetch(commit)
    assert leftovers(mirror) == []
    assert kept(mirror) == []
    judged(mirror, served)


def test_tags_and_submodules_are_left_where_they_are(mirror: Mirror, served: Repository) -> None:
    served.git("tag", "-a", "-m", "x", "v1")
    served.write(".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = ../none\n')
    served.git("update-index", "--add", "--cacheinfo", f"160000,{head_of(served)},x")
    (served.root / "x").mkdir()
    served.git("add", ".gitmodules")
    served.git("commit", "-q", "-m", "x")
    mirror.fetch(head_of(served))
    assert kept(mirror) == [head_of(served)]
    assert git(mirror.git_dir, "for-each-ref", "--format=%(refname)").count(b"\n") == 1
