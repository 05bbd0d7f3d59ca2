"""What the servers know: bodies in the shapes of the real ones."""

import json
from typing import Any

__all__ = ["assessment", "chunks", "examples", "failed", "pages"]

_TITLES = ("The Repository Pattern", "Service Layer in Python", "Cooking for two")


def chunks(query: str, match_count: int, *, tells_mode: bool = False) -> str:
    found = [
        {
            "id": number,
            "content": f"# {title}\n\nWhat is known of it, by {query}.",
            "metadata": {"url": f"https://docs.example/{number}", "source_id": "docs"},
            "similarity_score": round(0.9 - number / 20, 2),
        }
        for number, title in enumerate(_TITLES)
    ]
    mode = {"return_mode": "chunks"} if tells_mode else {}
    return _said(found[:match_count], reranked=False, error=None, **mode)


def pages(match_count: int) -> str:
    found = [
        {
            "page_id": f"p{number}",
            "url": f"https://docs.example/{number}",
            "section_title": title,
            "word_count": 120,
            "chunk_matches": 2,
            "aggregate_similarity": 1.04,
            "average_similarity": round(0.9 - number / 20, 2),
            "source_id": "docs",
        }
        for number, title in enumerate(_TITLES)
    ]
    return _said(found[:match_count], return_mode="pages", reranked=False, error=None)


def examples(query: str, match_count: int) -> str:
    found = [
        {
            "url": f"https://docs.example/code/{number}",
            "code": "class UserRepository: ...",
            "summary": f"{title}, as code",
            "metadata": {"language": "python"},
            "source_id": "docs",
            "similarity": round(0.9 - number / 20, 2),
        }
        for number, title in enumerate(_TITLES)
    ]
    return _said(found[:match_count], reranked=False, error=None)


def failed(error: str = "HTTP 500: no embedding") -> str:
    return json.dumps({"success": False, "results": [], "error": error})


def assessment(content: str, source_path: str, language: str) -> dict[str, Any]:
    """A file that makes an object gets 0.0, as upstream does it."""
    score = 0.0 if "Thing()" in content else 0.85
    return {
        "success": True,
        "quality_score": 0.7,
        "architectural_compliance": {"score": 0.8, "reasoning": "It looks well."},
        "code_patterns": [
            {
                "pattern_name": "God Object",
                "pattern_type": "code_smell",
                "confidence": 0.8,
                "description": f"{source_path} knows too much",
                "severity": "warning",
                "recommendation": "Split it.",
            },
            {
                "pattern_name": "Type Hints",
                "pattern_type": "good_practice",
                "confidence": 0.9,
                "description": f"Written in {language}",
                "severity": "info",
                "recommendation": None,
            },
        ],
        "maintainability": {
            "complexity_score": 0.6,
            "readability_score": 0.9,
            "testability_score": 0.5,
        },
        "onex_compliance": {
            "score": score,
            "violations": ["dict[str, Any] in a signature"],
            "recommendations": ["Use a model."],
        },
        "architectural_era": "modern_onex",
        "temporal_relevance": 0.9,
        "timestamp": "2025-10-24T10:30:00Z",
    }


def _said(results: list[dict[str, Any]], **more: Any) -> str:
    return json.dumps({"success": True, "results": results, **more}, indent=2)
