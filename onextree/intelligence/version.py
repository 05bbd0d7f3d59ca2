"""One version of everything that an enrichment is made by."""

from typing import Final

from onextree.intelligence.facts import EXTRACTION_VERSION
from onextree.intelligence.quality.rules import QUALITY_VERSION

__all__ = ["INTELLIGENCE_VERSION"]

_FOUND = 3

INTELLIGENCE_VERSION: Final = f"{_FOUND}.{EXTRACTION_VERSION}.{QUALITY_VERSION}"
"""Changes with what is found, so that older results can be told from newer ones.

Its first number is that of everything but extraction and quality, which have their own.
"""
