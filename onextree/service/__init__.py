"""The use cases of OnexTree, each put together here and nowhere else.

An asset, a command or a route is a few lines that call one of them.
"""

from onextree.service.enrichment import Enrichment, Enrichments
from onextree.service.freshness import Freshening
from onextree.service.generation import Generation, Generations
from onextree.service.history import Histories
from onextree.service.lineage import Lineages
from onextree.service.mirroring import Mirroring
from onextree.service.portfolio import Portfolio
from onextree.service.queries import Queries
from onextree.service.reading import Readings
from onextree.service.register import Register
from onextree.service.upkeep import Checked, Retained, Upkeep

__all__ = ["Checked", "Enrichment", "Generation", "OnexTreeService", "Retained"]


class OnexTreeService(
    Register,
    Generations,
    Enrichments,
    Mirroring,
    Readings,
    Queries,
    Histories,
    Lineages,
    Portfolio,
    Freshening,
    Upkeep,
):
    """Every use case, on one database; see `onextree.service.base.UseCases` for its arguments."""
