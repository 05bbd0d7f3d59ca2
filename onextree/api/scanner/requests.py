"""What the OnexTree service is asked: upstream's bodies, and which of many trees is meant."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from onextree.scanner.knowledge import DEFAULT_DEPTH
from onextree.tree.query.model import DEFAULT_LIMIT

__all__ = [
    "ClearRequest",
    "EnrichRequest",
    "GenerateRequest",
    "IntelligenceRequest",
    "KnowledgeRequest",
    "NavigateRequest",
    "QueryRequest",
    "Root",
]

_ROOT = "Root of the tree that is meant; by default that of the tree generated last"


def _encodable(text: str) -> str:
    """JSON can have half of a character, which nothing else can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text has half of a character (a lone surrogate)") from None
    return text


Text = Annotated[str, AfterValidator(_encodable)]

Root = Annotated[Text | None, Query(description=_ROOT)]


class _About(BaseModel):
    """A question about one of the trees."""

    project_root: Text | None = Field(default=None, description=_ROOT)


class GenerateRequest(BaseModel):
    """A directory to be scanned."""

    project_root: Text = Field(description="Absolute path to the project's root")


class QueryRequest(_About):
    """Files and directories that are looked for."""

    query: Text = Field(description="An extension, a name or a path")
    query_type: Text = Field(default="auto", description="auto, extension, name or path")
    limit: int = Field(default=DEFAULT_LIMIT, description="Results at most")


class IntelligenceRequest(_About):
    """What somebody wants to know more about."""

    context: Text = Field(description="A path of the tree, or words")
    include_patterns: bool = True
    include_relationships: bool = True


class EnrichRequest(_About):
    """A tree whose patterns are wanted."""

    pattern_sources: list[Text] = Field(default_factory=lambda: ["archon"], max_length=10)


class KnowledgeRequest(_About):
    """A question in words."""

    query: Text
    max_depth: int = Field(
        default=DEFAULT_DEPTH, description="Directories above each result that are told"
    )
    filters: dict[str, Any] | None = Field(
        default=None,
        description="extension, language, category, type, under: each a text or a list of texts",
    )
    limit: int = DEFAULT_LIMIT


class NavigateRequest(_About):
    """A walk through the tree."""

    start_node: Text = Field(description="Path of a node, relative to the root")
    direction: Text = Field(default="both", description="up, down or both")
    max_nodes: int = DEFAULT_LIMIT


class ClearRequest(BaseModel):
    """What is to be forgotten."""

    project_root: Text | None = Field(default=None, description="All trees by default")
