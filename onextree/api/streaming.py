"""Answers that are sent while they are made, compressed, and not to who has them already."""

import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse

from onextree.api.envelope import JSON

__all__ = ["is_known", "not_modified", "streamed"]

_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 1  # of compression: a higher one takes longer than the network saves
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?(?![.\d])")


def is_known(request: Headers, tag: str) -> bool:
    """Whether a caller has the answer of that tag already, by ``If-None-Match``."""
    given = request.get("if-none-match", "")
    return given.strip() == "*" or tag in _TAG.findall(given)


def not_modified(tag: str) -> Response:
    """The answer that there is nothing new."""
    return Response(status_code=304, headers=_headers(tag, is_compressed=False))


def streamed(request: Headers, tag: str, pieces: Iterable[bytes]) -> Response:
    """An answer in pieces of JSON, made in a thread while it is sent.

    The first piece is made at once, so that what fails at the beginning can be said.

    Args:
        tag: Changes whenever the answer does.
    """
    iterator = iter(pieces)
    whole = chain([next(iterator, b"")], iterator)
    accepted = request.get("accept-encoding", "").lower()
    is_compressed = "gzip" in accepted and not _NO_GZIP.search(accepted)
    return StreamingResponse(
        _compressed(whole) if is_compressed else whole,
        headers=_headers(tag, is_compressed=is_compressed),
        media_type=JSON,
    )


def _headers(tag: str, *, is_compressed: bool) -> dict[str, str]:
    # The same tag for two encodings: a weak one says that they mean the same.
    headers = {
        "ETag": f'W/"{tag}"' if is_compressed else f'"{tag}"',
        "Vary": "Accept-Encoding",
        "Cache-Control": "no-cache",
    }
    return {**headers, "Content-Encoding": "gzip"} if is_compressed else headers


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for piece in pieces:
        compressed = compressor.compress(piece)
        if compressed:
            yield compressed
    yield compressor.flush()
