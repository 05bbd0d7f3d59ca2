"""Sessions with an MCP server: opened, asked side by side, closed, and all of it within a budget.

A session lives as long as one ask, so a server that was started anew between two is never met with
an old one.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import (
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    ListToolsRequest,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)

from onextree.errors import ClientError
from onextree.intelligence.archon.budget import MOST_BYTES_OF_AN_ANSWER, Budget
from onextree.intelligence.archon.generations import Offer, offer_of

__all__ = ["Session", "open_session"]

_MOST_PAGES: Final = 10

# It logs what servers say, as errors and with tracebacks; what went wrong is in each answer.
logging.getLogger("mcp").setLevel(logging.CRITICAL)


class Session:
    """An open session.

    The SDK's `call_tool` would check answers against the schema that the same server gave, with
    regular expressions of its choice, which may take for ever; so requests are sent as they are.

    Attributes:
        offer: What the server offers.
    """

    def __init__(self, client: Client, budget: Budget, offer: Offer) -> None:
        self.offer = offer
        self._client = client
        self._budget = budget

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """The one text that a tool answers with.

        Raises:
            mcp.MCPError: The server answers with an error, or not in time.
            ClientError: It answers with something else.
        """
        result = await self._client.session.send_request(
            CallToolRequest(params=CallToolRequestParams(name=tool, arguments=dict(arguments))),
            CallToolResult,
            request_read_timeout_seconds=self._budget.seconds,
        )
        texts = [each.text for each in result.content if isinstance(each, TextContent)]
        if result.is_error or len(texts) != 1:
            raise ClientError(f"Archon answers {tool} with an error, or with no single text.")
        return texts[0]


@asynccontextmanager
async def open_session(
    url: str, http: httpx2.AsyncClient, budget: Budget
) -> AsyncIterator[Session]:
    """Initialise a session and find out what the server offers.

    By the handshake: all Archon servers that speak MCP are of 2025, and to probe for a newer
    protocol leaves a dead session in them.

    Args:
        url: Of the endpoint.
        http: A client whose requests go by a wire.

    Raises:
        Exception: Whatever a server can make the SDK raise.
    """
    client = Client(
        streamable_http_client(url, http_client=http, max_sse_event_size=MOST_BYTES_OF_AN_ANSWER),
        mode="legacy",
        cache=None,
        read_timeout_seconds=budget.seconds,
        client_info=Implementation(name="onextree", version="1"),
    )
    async with client:
        yield Session(client, budget, offer_of(await _listed(client, budget)))


async def _listed(client: Client, budget: Budget) -> list[tuple[str, Mapping[str, Any]]]:
    found: list[tuple[str, Mapping[str, Any]]] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.session.send_request(
            ListToolsRequest(params=PaginatedRequestParams(cursor=cursor)),
            ListToolsResult,
            request_read_timeout_seconds=budget.seconds,
        )
        found += [(tool.name, tool.input_schema) for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found
