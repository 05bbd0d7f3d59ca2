"""Which URLs may be fetched, and that no secret is ever repeated."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.errors import ConfigurationError, InvalidRemote, OnexTreeError, RemoteNotAllowed
from onextree.git.credentials import CredentialReference, access
from onextree.git.remotes import AllowedRemotes, RemoteUrl, looks_remote

EVERY = AllowedRemotes.parse(
    "https ssh http git",
    "example.org example.org:8443, *.example.net\n127.0.0.1 [::1] [::1]:9 wsl.test:443 "
    "xn--bcher-kva.test",
)


def parsed(text: str) -> RemoteUrl:
    return RemoteUrl.parse(text, EVERY)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("https://example.org/a/b.git", "https://example.org/a/b.git"),
        ("HTTPS://Example.ORG:443//a//b/", "https://example.org/a/b"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org/%7euser/%c3%bc%41", "https://example.org/~user/%C3%BCA"),
        ("https://git.example.net/a", "https://git.example.net/a"),
        ("https://a.b.example.net/a", "https://a.b.example.net/a"),
        ("https://wsl.test/a", "https://wsl.test/a"),
        ("https://xn--bcher-kva.test/a", "https://xn--bcher-kva.test/a"),
        ("http://127.0.0.1/a", "http://127.0.0.1/a"),
        ("git://[0:0::1]/a", "git://[::1]/a"),
        ("git://[::1]:9/a", "git://[::1]:9/a"),
        ("ssh://git@example.org/a/b", "ssh://git@example.org/a/b"),
        ("ssh://git@example.org:22/~/a", "ssh://git@example.org/~/a"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("git@example.org:a//b/", "git@example.org:a/b"),
        ("git@EXAMPLE.org:/a/b", "ssh://git@example.org/a/b"),
        ("example.org:a", "example.org:a"),
        ("git@[::1]:a", "git@[::1]:a"),
    ],
)
def test_a_url_has_one_text(text: str, canonical: str) -> None:
    url = parsed(text)
    assert str(url) == canonical
    assert parsed(canonical) == url
    assert re.fullmatch(r"[a-z0-9-]{1,40}-[0-9a-f]{24}", url.key)


def test_keys_differ_as_urls_do() -> None:
    texts = ("https://example.org/a", "https://example.org/A", "https://example.org:8443/a")
    more = ("ssh://example.org/a", "example.org:a", "x@example.org:a", "https://example.org/b/a")
    assert len({parsed(text).key for text in (*texts, *more)}) == 7
    assert parsed("https://example.org/._~").key.startswith("repository-")


MALFORMED = [
    "",
    "-",
    "/a/b",
    "a/b",
    "./a:b",
    "../example.org:a",
    "https://example.org",
    "https://example.org/",
    "https://example.org//",
    "https:///a",
    "https://example.org/a?b",
    "https://example.org?a/b",
    "https://example.org/a#b",
    "https://example.org/a b",
    "https://example.org/a\tb",
    "https://example.org/a\nb",
    "https://example.org/a\0b",
    "https://example.org/a\\b",
    "https://example.org/a%5cb",
    "https://example.org/a%0ab",
    "https://example.org/a%00b",
    "https://example.org/a%7f",
    "https://example.org/a%zz",
    "https://example.org/..",
    "https://example.org/a/../b",
    "https://example.org/a/%2e%2E/b",
    "https://example.org/a/.%2e",
    "https://example.org/a%2f..%2fb",
    "https://example.org/./a",
    "https://example.org/-a",
    "https://example.org/%2da",
    "https://example.org/ü",
    "https://exämple.org/a",
    "https://example.org:/a",
    "https://example.org:0/a",
    "https://example.org:65536/a",
    "https://example.org:999999/a",
    "https://example.org:+443/a",
    "https://example.org:44 3/a",
    "https://-example.org/a",
    "https://example..org/a",
    "https://example.org./a",
    "https://*.example.net/a",
    "https://[::1/a",
    "https://[::g]/a",
    "https://[example.org]/a",
    "https://example.org%00.evil.test/a",
    "https://example.org\\.evil.test/a",
    "https://user@example.org/a",
    "https://user:s3cret@example.org/a",
    "https://s3cret@example.org/a",
    "https://:s3cret@example.org/a",
    "https://user:s3c/ret@example.org/a",
    "http://user:s3cret@127.0.0.1/a",
    "git://user:s3cret@127.0.0.1/a",
    "ssh://git:s3cret@example.org/a",
    "ssh://-oProxyCommand=s3cret@example.org/a",
    "ssh://-oProxyCommand=s3cret/a",
    "ssh://git@-oProxyCommand=s3cret/a",
    "ssh://a@b@example.org/a",
    "ssh://example.org/-s3cret",
    "-oProxyCommand=s3cret@example.org:a",
    "-example.org:a",
    "git@-example.org:a",
    "git@example.org:-a",
    "git@example.org:",
    "git@example.org:/",
    "git@example.org:../a",
    "git@example.org:a/../../b",
    "git@example.org:a%2fb",
    "git@example.org:a;s3cret`x`",
    "git:s3cret@example.org:a",
    "git@example.org:s3cret@a",
    "ext::sh -c s3cret",
    "ext::sh",
    "fd::17",
    "https::example.org/a",
    "https://example.org/" + "a" * 2048,
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_url_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidRemote) as caught:
        parsed(text)
    assert "s3c" not in str(caught.value)
    assert "s3c" not in repr(caught.value.as_dict())


@pytest.mark.parametrize(
    "text",
    [
        "file:///a",
        "FILE:///a",
        "file://example.org/a",
        "ext://sh/a",
        "ftp://example.org/a",
        "rsync://example.org/a",
        "git+ssh://example.org/a",
        "ssh+git://example.org/a",
        "https://other.test/a",
        "https://example.net/a",
        "https://evilexample.net/a",
        "https://example.org.evil.test/a",
        "https://example.org:444/a",
        "https://git.example.net:8443/a",
        "http://wsl.test/a",
        "https://127.1/a",
        "https://2130706433/a",
        "git@other.test:a",
        "https:a",
        "https:/example.org/a",
        "C:a",
    ],
)
def test_what_is_not_listed_is_refused(text: str) -> None:
    with pytest.raises(RemoteNotAllowed, match="ONEXTREE_REMOTE_") as caught:
        parsed(text)
    assert caught.value.code == "REMOTE_NOT_ALLOWED"


def test_by_default_nothing_is_allowed() -> None:
    with pytest.raises(RemoteNotAllowed, match=r"ONEXTREE_REMOTE_HOSTS, which lists none"):
        RemoteUrl.parse("https://example.org/a", AllowedRemotes.parse("https,ssh", ""))
    with pytest.raises(RemoteNotAllowed, match="ONEXTREE_REMOTE_SCHEMES"):
        RemoteUrl.parse("http://example.org/a", AllowedRemotes.parse("https,ssh", "example.org"))


@pytest.mark.parametrize("schemes", ["file", "https ext", "https;ssh", "ftp", "*"])
def test_only_these_schemes_can_be_allowed(schemes: str) -> None:
    with pytest.raises(ConfigurationError, match="ONEXTREE_REMOTE_SCHEMES"):
        AllowedRemotes.parse(schemes, "example.org")


@pytest.mark.parametrize(
    "hosts", ["*", "*.", "a.*.b", "*a", "https://example.org", "u@h", "h:0", "h:x", "*.[::1]", "-h"]
)
def test_only_hosts_can_be_allowed(hosts: str) -> None:
    with pytest.raises(ConfigurationError, match="ONEXTREE_REMOTE_HOSTS"):
        AllowedRemotes.parse("https", hosts)


def test_a_url_is_told_from_a_directory() -> None:
    assert all(map(looks_remote, ("https://x/y", "ext::sh://", "git@x:y", "file:///a")))
    assert not any(map(looks_remote, ("/a/b", "a", "./a@b:c", "~/a", "C:x", "/a@b:c")))


@given(st.text(alphabet=st.sampled_from("htps:/@.-~%2eEgiexample.org[]1\\\0 \n?#*"), max_size=40))
def test_any_text_is_a_url_or_an_error(text: str) -> None:
    try:
        url = parsed(text)
    except OnexTreeError:
        return
    assert parsed(str(url)) == url
    assert not str(url).startswith("-")


@pytest.mark.parametrize("text", ["s3cret", "env:", "env:A B", "env:1", "file:a", "file:", "x:y"])
def test_what_is_no_reference_is_not_repeated(text: str) -> None:
    with pytest.raises(InvalidRemote) as caught:
        CredentialReference.parse(text)
    assert "s3cret" not in str(caught.value)


def test_a_secret_is_only_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOKEN", "us:s3cret\n")
    by_name = CredentialReference.parse("env:TOKEN")
    file = tmp_path / "token"
    file.write_text("us:s3cret")
    by_file = CredentialReference.parse(f"file:{file}")
    assert str(by_file) == f"file:{file}"
    for reference in (by_name, by_file):
        found = access(parsed("https://example.org/a"), reference)
        assert found.environment == {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.https://example.org/.extraHeader",
            "GIT_CONFIG_VALUE_0": "Authorization: Basic dXM6czNjcmV0",
        }
        assert "s3cret" not in f"{found!r} {found} {reference!r}"
        assert "czNjcmV0" not in repr(found)
        assert found.scrub("a s3cret dXM6czNjcmV0 b") == "a *** *** b"


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        ("git://example.org/a", "env:TOKEN"),
        ("http://example.org/a", "env:TOKEN"),
        ("https://example.org/a", "env:MISSING"),
        ("https://example.org/a", "env:LINES"),
        ("https://example.org/a", "file:/nonexistent"),
        ("https://example.org/a", "file:/"),
        ("ssh://example.org/a", "env:TOKEN"),
        ("ssh://example.org/a", "file:/nonexistent"),
    ],
)
def test_a_credential_that_cannot_be_used_is_refused(
    url: str, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    monkeypatch.setenv("LINES", "s3cret\ns3cret")
    with pytest.raises(InvalidRemote) as caught:
        access(parsed(url), CredentialReference.parse(reference))
    assert "s3cret" not in str(caught.value)


def test_ssh_asks_nobody_and_trusts_known_hosts_only(tmp_path: Path) -> None:
    key = tmp_path / "a key"
    key.write_text("x")
    command = access(
        parsed("git@example.org:a"), CredentialReference.parse(f"file:{key}")
    ).environment["GIT_SSH_COMMAND"]
    for option in ("BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes"):
        assert f"-o {option}" in command
    assert command.endswith(f"-i '{key}'")
    bare = access(parsed("git@example.org:a"), None).environment["GIT_SSH_COMMAND"]
    assert bare.endswith("-o IdentityFile=none")
