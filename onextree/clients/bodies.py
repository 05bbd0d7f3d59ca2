"""Reading the body of an answer, up to so many bytes, however small it was on the way."""

import zlib

import httpx

__all__ = ["read_bounded"]

_GZIP = 16 + zlib.MAX_WBITS


async def read_bounded(response: httpx.Response, most: int) -> bytearray:
    """The whole body, decompressed.

    Raises:
        ValueError: It has more bytes, or is compressed otherwise than with gzip; the sentence says
            what it is or has.
    """
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip"}:
        raise ValueError("is compressed in a way that was not asked for")
    gzip = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    body = bytearray()
    async for chunk in response.aiter_raw() if gzip else response.aiter_bytes():
        try:
            body += gzip.decompress(chunk, most + 1 - len(body)) if gzip else chunk
        except zlib.error as error:
            raise ValueError("is no gzip, although it says so") from error
        if len(body) > most:
            raise ValueError(f"has more than {most:,} bytes")
    if gzip and not gzip.eof and (body or gzip.unconsumed_tail):
        raise ValueError("ends in the middle of its gzip")
    return body
