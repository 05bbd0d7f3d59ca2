"""The tools of each generation of Archon, named and with parameters as they were."""

import json
from collections.abc import Callable
from typing import Any

from mcp.server import MCPServer

from tests.archon import sayings

__all__ = ["GENERATIONS", "Heard", "make_server"]

Heard = Callable[..., None]
"""Notes a call: the tool's name, and its arguments."""


def _perform(server: MCPServer, heard: Heard) -> None:
    @server.tool()
    async def health_check() -> str:
        heard("health_check")
        return json.dumps({"success": True})

    @server.tool()
    async def get_available_sources() -> str:
        heard("get_available_sources")
        return json.dumps({"success": True, "sources": []})

    @server.tool()
    async def perform_rag_query(query: str, source: str | None = None, match_count: int = 5) -> str:
        heard("perform_rag_query", query=query, source=source)
        return sayings.chunks(query, match_count)

    @server.tool()
    async def search_code_examples(
        query: str, source_id: str | None = None, match_count: int = 5
    ) -> str:
        heard("search_code_examples", query=query, source_id=source_id)
        return sayings.examples(query, match_count)


def _rag(server: MCPServer, heard: Heard) -> None:
    @server.tool()
    async def rag_search_knowledge_base(
        query: str, source_domain: str | None = None, match_count: int = 5
    ) -> str:
        heard("rag_search_knowledge_base", query=query, source_domain=source_domain)
        return sayings.chunks(query, match_count)

    _rag_examples(server, heard)


def _pages(server: MCPServer, heard: Heard) -> None:
    @server.tool()
    async def rag_search_knowledge_base(
        query: str,
        source_id: str | None = None,
        match_count: int = 5,
        return_mode: str = "pages",
    ) -> str:
        heard("rag_search_knowledge_base", query=query, return_mode=return_mode)
        if return_mode == "pages" or "as pages" in query:
            return sayings.pages(match_count)
        return sayings.chunks(query, match_count, tells_mode=True)

    _rag_examples(server, heard)


def _rag_examples(server: MCPServer, heard: Heard) -> None:
    @server.tool()
    async def rag_search_code_examples(
        query: str, source_id: str | None = None, match_count: int = 5
    ) -> str:
        heard("rag_search_code_examples", query=query, source_id=source_id)
        return sayings.examples(query, match_count)


def _omni(server: MCPServer, heard: Heard) -> None:
    _perform(server, heard)

    @server.tool()
    async def assess_code_quality(
        content: str, source_path: str = "", language: str = "python"
    ) -> str:
        heard("assess_code_quality", source_path=source_path, language=language)
        return json.dumps(sayings.assessment(content, source_path, language))


def _menu(server: MCPServer, heard: Heard) -> None:
    @server.tool()
    async def archon_menu(operation: str, params: dict[str, Any] | None = None) -> str:
        given = params or {}
        heard("archon_menu", operation=operation, source_path=given.get("source_path"))
        if operation != "assess_code_quality":
            return json.dumps({"success": False, "error": f"Unknown operation: {operation}"})
        result = sayings.assessment(**given)
        return json.dumps(
            {
                "success": True,
                "operation": operation,
                "result": result,
                "routing_type": "mcp_native",
            }
        )


def _unknown(server: MCPServer, heard: Heard) -> None:
    @server.tool()
    async def manage_tasks(action: str) -> str:
        heard("manage_tasks")
        return "{}"

    @server.tool()
    async def perform_rag_query(tenant: str, query: str) -> str:
        heard("perform_rag_query")  # wants something that nobody knows
        return "{}"


def _broken(server: MCPServer, heard: Heard) -> None:
    @server.tool()
    async def rag_search_knowledge_base(query: str, match_count: int = 5) -> str:
        heard("rag_search_knowledge_base", query=query)
        return sayings.failed()


GENERATIONS: dict[str, Callable[[MCPServer, Heard], None]] = {
    "perform_rag_query": _perform,
    "rag_search": _rag,
    "rag_pages": _pages,
    "omniarchon": _omni,
    "omniarchon_menu": _menu,
    "unknown": _unknown,
    "broken": _broken,
}


def make_server(generation: str, heard: Heard) -> MCPServer:
    server = MCPServer(f"archon-{generation}", log_level="CRITICAL")
    GENERATIONS[generation](server, heard)
    return server
