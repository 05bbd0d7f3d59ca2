"""Answers in pieces: compressed where that is wanted, left out where they are known."""

import zlib

import pytest
from starlette.datastructures import Headers
from starlette.responses import StreamingResponse

from onextree.api.streaming import is_known, streamed

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ('"tag"', True),
        ('W/"tag"', True),
        ('"other", W/"tag"', True),
        ("*", True),
        ('"other"', False),
        ('"tag-2"', False),
        ("tag", False),
        ("", False),
    ],
)
def test_who_names_the_tag_has_the_answer(given: str, known: bool) -> None:
    assert is_known(Headers({"If-None-Match": given}), "tag") is known


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("identity", False),
        ("", False),
    ],
)
async def test_who_takes_gzip_gets_it(accepted: str, compressed: bool) -> None:
    pieces = [b'{"a":', b"1" * 100_000, b"}"]
    answer = streamed(Headers({"Accept-Encoding": accepted}), "tag", pieces)
    assert isinstance(answer, StreamingResponse)
    body = b"".join([piece async for piece in answer.body_iterator])  # type: ignore[misc]
    assert ("content-encoding" in answer.headers) is compressed
    if compressed:
        assert len(body) < 1_000
        body = zlib.decompress(body, 31)
    assert body == b"".join(pieces)
    assert answer.headers["vary"] == "Accept-Encoding"


def test_what_fails_at_the_beginning_can_still_be_an_error() -> None:
    def broken() -> list[bytes]:
        raise ValueError("at once")

    with pytest.raises(ValueError, match="at once"):
        streamed(Headers({}), "tag", (piece for piece in broken()))
