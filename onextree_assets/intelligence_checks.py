"""What must hold for the code of all projects: it was read, and gets no worse."""

from typing import TYPE_CHECKING

import dagster as dg

from onextree.store.intelligence import UnreadKeyFiles
from onextree_assets.check_results import checked
from onextree_assets.failures import clear_failures
from onextree_assets.specs import PORTFOLIO
from onextree_assets.tables import some
from resources import OnexTreeResource

if TYPE_CHECKING:
    from onextree.intelligence.new_cycles import NewCycle

__all__ = ["key_files_covered", "no_new_cycle"]


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="The entry points, key modules and other key files of each newest version were "
    "read and parsed.",
)
def key_files_covered(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """A warning: what most hangs on is what least is known of."""
    with clear_failures():
        total = len(onextree.service.list_projects())
        unread = onextree.service.unread_key_files()
    return checked(
        total,
        ((project.project_id, _unread(project)) for project in unread),
        severity=dg.AssetCheckSeverity.WARN,
        what_to_do="Where files are `unread`, have the project's directory or clone back and "
        "materialise `tree_snapshot` and `tree_enrichment`; else try with `force_enrichment`.",
    )


@dg.asset_check(
    asset=PORTFOLIO.key,
    description="No circle of imports came, or grew, with the version that was analysed last.",
)
def no_new_cycle(onextree: OnexTreeResource) -> dg.AssetCheckResult:
    """A warning, with the imports to cut."""
    with clear_failures():
        total = len(onextree.service.list_projects())
        found = onextree.service.new_cycles()
    return checked(
        total,
        ((project_id, some(map(_cycle, cycles), "; ")) for project_id, cycles in found.items()),
        severity=dg.AssetCheckSeverity.WARN,
        what_to_do="Cut the imports that are named, or move what both sides need to a file of its "
        "own; `onextree cycles ID` has all of it.",
    )


def _unread(project: UnreadKeyFiles) -> str:
    if project.code_files:
        return f"none of its {project.code_files:,} files of code could be read"
    files = (f"{path} ({why})" for path, why in project.key_files.items())
    return f"not read: {some(files)}"


def _cycle(cycle: "NewCycle") -> str:
    evidence = cycle.finding.evidence
    before = cycle.files_before
    circle = f"circle grown from {before} to" if before else "new circle of"
    cuts = (f"{cut['source']}:{cut['line']} → {cut['target']}" for cut in evidence["cut"])
    return (
        f"{circle} {cycle.files} files ({some(evidence['files'], total=cycle.files)}): "
        f"cut {some(cuts, total=evidence['cuts'])}"
    )
