"""Credentials reach the server they are for and nobody else; nothing but its protocol is open."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from onextree.errors import (
    OnexTreeError,
    RemoteAccessDenied,
    RemoteUnreachable,
)
from onextree.git import door
from onextree.git.credentials import CredentialReference
from tests.git_servers import HttpServer, http_server, mirror_of
from tests.mirrors import head_of, judged
from tests.repositories import Repository


def test_a_credential_is_sent_and_seen_nowhere(
    tmp_path: Path,
    private: HttpServer,
    served: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGIN", "jo:s3cret")
    started: list[str] = []
    real = door.start

    def spying(command: Sequence[str], **options: Any) -> door.GitProcess:
        started.append(repr((command, options.get("config"))))
        return real(command, **options)

    monkeypatch.setattr(door, "start", spying)
    reference = CredentialReference.parse("env:LOGIN")
    mirror = mirror_of(tmp_path / "mirrors", private.url("project"), credential=reference)
    judged(mirror, served)
    assert any("fetch" in words for words in started)
    secrets = ("s3cret", "am86czNjcmV0")
    assert not [words for words in started for secret in secrets if secret in words]
    for path in mirror.directory.rglob("*"):
        if path.is_file():
            assert not [secret for secret in secrets if secret.encode() in path.read_bytes()]
    file = tmp_path / "login"
    file.write_text("jo:s3cret\n")
    mirror_of(
        tmp_path / "others",
        private.url("project"),
        credential=CredentialReference.parse(f"file:{file}"),
    ).head()


@pytest.mark.parametrize("secret", [None, "jo:wr0ng", "wr0ng"])
def test_a_wrong_credential_is_refused_and_not_repeated(
    tmp_path: Path, private: HttpServer, secret: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does anything of the user's own come to help."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login jo password s3cret\n")
    helper = home / "helper"
    helper.write_text(f"#!/bin/sh\ntouch {home}/asked\necho username=jo; echo password=s3cret\n")
    helper.chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[credential]\n\thelper = {helper}\n[url "{private.url("")}"]\n\tinsteadOf = http://x/\n'
        "[http]\n\textraHeader = Authorization: Basic am86czNjcmV0\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_ASKPASS", str(helper))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    if secret is not None:
        monkeypatch.setenv("LOGIN", secret)
    reference = CredentialReference.parse("env:LOGIN") if secret else None
    mirror = mirror_of(tmp_path / "mirrors", private.url("project"), credential=reference)
    for ask in (mirror.head, lambda: mirror.fetch("1" * 40)):
        with pytest.raises(RemoteAccessDenied, match="check the credential") as caught:
            ask()
        assert "wr0ng" not in repr(caught.value.as_dict())
    assert private.seen
    assert not [given for given in private.seen if given and "am86czNjcmV0" in given]
    assert not (home / "asked").exists()


def test_a_redirect_is_not_followed(
    tmp_path: Path, served: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGIN", "jo:s3cret")
    reference = CredentialReference.parse("env:LOGIN")
    with http_server(served.root.parent) as other:
        elsewhere = other.url("").rstrip("/")
        with http_server(served.root.parent, elsewhere=elsewhere) as first:
            url = first.url("moved/project")
            mirror = mirror_of(tmp_path / "mirrors", url, credential=reference)
            with pytest.raises(RemoteUnreachable, match="redirects are not followed"):
                mirror.head()
            with pytest.raises(RemoteUnreachable, match="redirects are not followed"):
                mirror.fetch(head_of(served))
        assert first.seen
        assert other.seen == []


SSH = """#!/bin/sh
printf '%s\\n' "$@" > {log}
test -n "$SSH_AUTH_SOCK" && exit 9
for last; do :; done
eval "exec $last"
"""


def test_ssh_runs_as_it_is_told(
    tmp_path: Path, served: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for ssh that runs the command here: no machine but this one takes part."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ssh").write_text(SSH.format(log=tmp_path / "words"))
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/somewhere")
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    key = tmp_path / "a key's"
    key.write_text("x")
    reference = CredentialReference.parse(f"file:{key}")
    url = f"ssh://git@127.0.0.1:2222{served.root}"
    mirror = mirror_of(tmp_path / "mirrors", url, credential=reference)
    judged(mirror, served)
    words = (tmp_path / "words").read_text().splitlines()
    assert words[words.index("-i") + 1] == str(key)
    assert "BatchMode=yes" in words
    assert words[-3:-1] == ["2222", "git@127.0.0.1"] or "git@127.0.0.1" in words
    assert words[-1] == f"git-upload-pack '{served.root}'"


def test_only_the_url_s_own_protocol_is_open(served: Repository, tmp_path: Path) -> None:
    root = served.root
    place: dict[str, Any] = {"git_dir": root / ".git", "work_tree": root, "cwd": root}
    with pytest.raises(ValueError, match="no business"):
        door.start(("ls-tree", "HEAD"), protocol="https", **place)
    process = door.start(("ls-remote", f"file://{root}"), protocol="https", **place)
    with pytest.raises(OnexTreeError, match="not allowed"):
        process.output(timeout=30)
