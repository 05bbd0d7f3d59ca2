"""What an Archon server offers, by the names and parameters of its tools alone.

| generation        | knowledge base            | code examples            | files               |
|-------------------|---------------------------|--------------------------|---------------------|
| perform_rag_query | perform_rag_query         | search_code_examples     |                     |
| rag_search        | rag_search_knowledge_base | rag_search_code_examples |                     |
| rag_pages         | the same, `return_mode`   | the same                 |                     |
| omniarchon        | any of these              | any of these             | assess_code_quality |
| omniarchon_menu   | any of these              | any of these             | archon_menu         |

A tool is used only where its schema has the parameters that it is given, and wants no others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from onextree.intelligence.archon.model import AssessmentQuestion, Place, Question, SearchQuestion

__all__ = ["NOTHING", "Offer", "Tool", "file_arguments", "offer_of"]

_SEARCHES: Final[Mapping[Place, tuple[str, ...]]] = {
    "knowledge": ("rag_search_knowledge_base", "perform_rag_query"),
    "examples": ("rag_search_code_examples", "search_code_examples"),
}
_FILTERS = ("source_id", "source_domain", "source")
_ASSESS, _MENU = "assess_code_quality", "archon_menu"
_SEARCHED = frozenset({"query"})
_ASSESSED = frozenset({"content", "source_path", "language"})
_CHOSEN = frozenset({"operation", "params"})
_RESULTS = 5


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool and the names of its parameters."""

    name: str
    parameters: frozenset[str]

    @property
    def filter(self) -> str | None:
        """The parameter that restricts a search to a source."""
        return next((name for name in _FILTERS if name in self.parameters), None)

    def arguments(self, question: Question) -> dict[str, Any]:
        """What the tool is given for a question."""
        if isinstance(question, SearchQuestion):
            return self._search(question)
        file = file_arguments(question)
        return {"operation": _ASSESS, "params": file} if self.name == _MENU else file

    def _search(self, question: SearchQuestion) -> dict[str, Any]:
        arguments: dict[str, Any] = {"query": _sendable(question.text)}
        if "match_count" in self.parameters:
            arguments["match_count"] = _RESULTS
        if "return_mode" in self.parameters:
            arguments["return_mode"] = "chunks"
        if question.source and self.filter:
            arguments[self.filter] = _sendable(question.source)
        return arguments


@dataclass(frozen=True, slots=True)
class Offer:
    """Which tool answers what; None where none does."""

    generation: str = "unknown"
    knowledge: Tool | None = None
    examples: Tool | None = None
    assessment: Tool | None = None

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of all tools that are asked."""
        found = (self.knowledge, self.examples, self.assessment)
        return tuple(tool.name for tool in found if tool is not None)

    def tool(self, question: Question) -> Tool | None:
        """The one that answers a question."""
        if isinstance(question, AssessmentQuestion):
            return self.assessment
        return self.knowledge if question.place == "knowledge" else self.examples


NOTHING: Final = Offer()


def offer_of(tools: Iterable[tuple[str, Mapping[str, Any]]]) -> Offer:
    """What a server offers.

    Args:
        tools: Names and input schemas, as ``tools/list`` tells them.
    """
    listed = dict(tools)
    knowledge = _first(listed, _SEARCHES["knowledge"], _SEARCHED)
    examples = _first(listed, _SEARCHES["examples"], _SEARCHED)
    assessment = _usable(listed, _ASSESS, _ASSESSED) or _usable(listed, _MENU, _CHOSEN)
    search = knowledge or examples
    return Offer(_generation(search, assessment), knowledge, examples, assessment)


def file_arguments(question: AssessmentQuestion) -> dict[str, Any]:
    """What an assessment is told of a file."""
    return {
        "content": _sendable(question.content),
        "source_path": _sendable(question.path),
        "language": _sendable(question.language).lower(),
    }


def _generation(search: Tool | None, assessment: Tool | None) -> str:
    if assessment is not None:
        return "omniarchon_menu" if assessment.name == _MENU else "omniarchon"
    if search is None:
        return NOTHING.generation
    if not search.name.startswith("rag_"):
        return "perform_rag_query"
    return "rag_pages" if "return_mode" in search.parameters else "rag_search"


def _first(
    listed: Mapping[str, Mapping[str, Any]], names: Iterable[str], given: frozenset[str]
) -> Tool | None:
    found = (_usable(listed, name, given) for name in names)
    return next((tool for tool in found if tool is not None), None)


def _usable(
    listed: Mapping[str, Mapping[str, Any]], name: str, given: frozenset[str]
) -> Tool | None:
    """The tool, where it can be called with what it is given."""
    schema = listed.get(name)
    if schema is None:
        return None
    properties, wanted = schema.get("properties"), schema.get("required", [])
    if not isinstance(properties, Mapping) or not isinstance(wanted, list):
        return None
    is_usable = given <= properties.keys() and all(each in given for each in wanted)
    return Tool(name, frozenset(properties)) if is_usable else None


def _sendable(text: str) -> str:
    """Text without lone surrogates, which no JSON can hold."""
    return text.encode("utf-8", "replace").decode()
