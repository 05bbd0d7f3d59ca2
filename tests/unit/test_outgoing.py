"""Only services are called, by URLs that everybody reads alike."""

import ipaddress
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.errors import ConfigurationError
from onextree.resilience.outgoing import checked_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8058", "http://127.0.0.1:8058"),
        ("HTTP://Scanner.Example/", "http://scanner.example"),
        ("https://scanner.example:443/api/v1//", "https://scanner.example:443/api/v1"),
        ("http://localhost", "http://localhost"),
        ("http://onextree_scanner:8058", "http://onextree_scanner:8058"),
        ("http://[::1]:8058/x", "http://[::1]:8058/x"),
        ("http://10.1.2.3/a%20b", "http://10.1.2.3/a%20b"),
        ("http://3com.example", "http://3com.example"),
    ],
)
def test_base_urls_are_taken(text: str, url: str) -> None:
    assert checked_url(text) == url
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "scanner.example",
            "//scanner.example",
            "http:",
            "http://",
            "http:///x",
            "http://:80",
        ),
        *("ftp://a", "file:///etc/passwd", "gopher://a", "unix:/run/x", "javascript:alert(1)"),
        *("http://a?", "http://a?b=c", "http://a/b?c", "http://a#b", "http://a/#"),
        *(
            "http://a b",
            "http://a\tb",
            "http://a\n",
            "\nhttp://a",
            "http://a\0",
            "http://ä.example",
        ),
        *("http://a\\@b", "http://a/\\b", "http://a/ü", "http://a/%zz", "http://a/<b>"),
        *("http://a:0", "http://a:65536", "http://a:x", "http://a:", "http://a:1:2", "http://[::1"),
        *("http://::1", "http://[::1]x", "http://[v1.x]", "http://a..b", "http://-a", "http://a."),
        *("http://a%2eb", "http://" + "a" * 64, "http://a/" + "x" * 3000),
    ],
)
def test_what_is_no_base_url_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="ONEXTREE_URL cannot be used"):
        checked_url(text, setting="ONEXTREE_URL")


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "169.254.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.250"),
        *("255.255.255.255", "100.100.100.200", "metadata.google.internal", "METADATA"),
        *("[::]", "[fe80::1]", "[febf::1]", "[ff02::1]", "[fd00:ec2::254]"),
        *("[::ffff:169.254.169.254]", "[::ffff:0.0.0.0]", "[64:ff9b::a9fe:a9fe]"),
        "[2002:a9fe:a9fe::1]",
        # Other ways to write 169.254.169.254, which name look-ups understand.
        *("2852039166", "0xa9fea9fe", "0xA9FEA9FE", "169.16689662", "169.254.43518"),
        *("0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "169.254.169.0xfe"),
    ],
)
def test_addresses_that_no_service_has_are_refused(host: str) -> None:
    for port in ("", ":80"):
        with pytest.raises(ConfigurationError):
            checked_url(f"http://{host}{port}/latest")


@pytest.mark.parametrize(
    "text", ["http://jo:s3cret@a", "http://s3cret@a", "http://a:s3cret@b:80/", "s3cret://jo@a"]
)
def test_credentials_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_url(text)
    assert "s3cret" not in f"{caught.value!r} {caught.value.details} {caught.value.__cause__!r}"


def test_an_error_does_not_hold_the_url_in_what_led_to_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_url("http://jo:s3cret@a")
    assert "s3cret" not in repr(caught.value.__context__)


@given(
    st.from_regex(
        r"https?://[a-zA-Z0-9.:@\[\]_%-]{0,30}(/[a-zA-Z0-9./%@:?#-]{0,10})?", fullmatch=True
    )
    | st.text(max_size=30).map(lambda text: f"http://{text}")
    | st.text(max_size=30)
)
def test_two_readers_agree_about_what_is_taken(text: str) -> None:
    try:
        url = checked_url(text)
    except ConfigurationError:
        return
    assert checked_url(url) == url
    one, other = urlsplit(url), httpx.URL(url)
    assert one.scheme == other.scheme
    assert (one.hostname or "") == other.host
    assert one.username is one.password is None
    assert not other.userinfo
    assert not one.query + one.fragment


@given(st.ip_addresses())
def test_what_is_taken_is_an_address_that_a_service_can_have(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    host = str(address) if address.version == 4 else f"[{address}]"
    try:
        checked_url(f"http://{host}")
    except ConfigurationError:
        return
    assert not address.is_link_local
    assert not address.is_multicast
    assert not address.is_unspecified
