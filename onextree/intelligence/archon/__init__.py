"""The Archon service: what it knows of a project, asked within seconds and never trusted."""

from onextree.intelligence.archon.blocking import archon_health, ask_archon
from onextree.intelligence.archon.client import ArchonIntelligenceClient
from onextree.intelligence.archon.config import ArchonConfig
from onextree.intelligence.archon.model import (
    Answer,
    ArchonHealth,
    Asked,
    AssessmentAnswer,
    AssessmentQuestion,
    Question,
    SearchAnswer,
    SearchQuestion,
    decode_answer,
    encode_answer,
)

__all__ = [
    "Answer",
    "ArchonConfig",
    "ArchonHealth",
    "ArchonIntelligenceClient",
    "Asked",
    "AssessmentAnswer",
    "AssessmentQuestion",
    "Question",
    "SearchAnswer",
    "SearchQuestion",
    "archon_health",
    "ask_archon",
    "decode_answer",
    "encode_answer",
]
