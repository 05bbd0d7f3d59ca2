"""Assessments over HTTP: the other interface of an OmniArchon, usually at port 8053."""

from typing import Final

import httpx2
import orjson

from onextree.errors import ClientError
from onextree.intelligence.archon.generations import file_arguments
from onextree.intelligence.archon.model import AssessmentQuestion

__all__ = ["ASSESS_PATH", "assess_over_http"]

ASSESS_PATH: Final = "/assess/code"
"""Below the base URL."""


async def assess_over_http(
    http: httpx2.AsyncClient, base_url: str, question: AssessmentQuestion
) -> bytes:
    """What the server says of a file, as it says it.

    Args:
        http: A client whose requests go by a wire.

    Raises:
        ClientError: It answers with an error.
        httpx2.StreamError: The answer broke off.
    """
    body = {**file_arguments(question), "include_patterns": True, "include_compliance": True}
    response = await http.post(
        f"{base_url}{ASSESS_PATH}",
        content=orjson.dumps(body),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    if response.status_code != httpx2.codes.OK:
        raise ClientError(f"Archon answers {ASSESS_PATH} with HTTP {response.status_code}.")
    return response.content
