"""The use cases of OnexTree, each put together here and nowhere else.

An asset, a command or a route is a few lines that call one of them.
"""

from onextree.service.archon_access import ArchonAccess
from onextree.service.dead_letters import DeadLetters
from onextree.service.draining import Draining
from onextree.service.enrichment import Enrichment
from onextree.service.forgetting import Forgetting
from onextree.service.freshness import Freshening
from onextree.service.generation import Generation
from onextree.service.history import Histories
from onextree.service.incremental import Update
from onextree.service.intelligence import Intelligence, IntelligenceLevel
from onextree.service.intelligence_state import IntelligenceState
from onextree.service.keys import ApiKeys
from onextree.service.lineage import Lineages
from onextree.service.measuring import Measured, Measuring
from onextree.service.mirroring import Mirroring
from onextree.service.placing import Placing
from onextree.service.portfolio import Portfolio
from onextree.service.publishing import Publishing
from onextree.service.queries import Queries
from onextree.service.remote_watching import RemoteWatching
from onextree.service.spooling import Spooling
from onextree.service.stamping.manifest import Manifest, StampManifests
from onextree.service.stamping.stamper import Stamper
from onextree.service.upkeep import Checked, Retained, Upkeep

__all__ = [
    "Checked",
    "Enrichment",
    "Generation",
    "Intelligence",
    "IntelligenceLevel",
    "Manifest",
    "Measured",
    "OnexTreeService",
    "Retained",
    "Update",
]


class OnexTreeService(
    Draining,
    Mirroring,
    Queries,
    Histories,
    Lineages,
    IntelligenceState,
    Portfolio,
    Freshening,
    Spooling,
    DeadLetters,
    Publishing,
    RemoteWatching,
    Upkeep,
    Forgetting,
    Placing,
    ApiKeys,
    Measuring,
    Stamper,
    StampManifests,
    ArchonAccess,
):
    """Every use case, on one database; see `onextree.service.base.UseCases` for its arguments."""
