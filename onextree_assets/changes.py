"""What a version changed against the stored one before it."""

import hashlib
from collections.abc import Mapping

import dagster as dg

from onextree.service import OnexTreeService
from onextree.store.differences import Difference
from onextree.store.moments import Moment
from onextree.tree.diff.model import ChangeKind, StampChange
from onextree_assets.events import Report
from onextree_assets.metadata import Metadata
from onextree_assets.tables import table

__all__ = ["changes_report"]

_SHOWN_CHANGES = 50
_SHOWN_DIRECTORIES = 20


def changes_report(
    service: OnexTreeService,
    project_id: str,
    version: int,
    tree_hash: str,
    tags: Mapping[str, str] | None = None,
) -> Report:
    """What is to be told of the changes of a version.

    Args:
        tree_hash: Of that version.

    Raises:
        ProjectNotFound, TreeNotFound: There is no such project any more, or no such version.
    """
    difference = service.diff(project_id, after=Moment(version=version))
    before = (
        service.show(project_id, difference.from_version).tree_hash
        if difference.from_version != version
        else "none"
    )
    return Report(project_id, _data_version(before, tree_hash), _metadata(difference), tags or {})


def _data_version(before: str, tree_hash: str) -> str:
    """Another one as soon as one of both trees is another one."""
    return hashlib.sha256(f"{before}\n{tree_hash}".encode()).hexdigest()


def _metadata(difference: Difference) -> Metadata:
    changes = difference.changes
    figures = {
        "version": difference.to_version,
        "period": _period(difference),
        "changed_files": len(changes),
        **{kind.value: difference.count(kind) for kind in ChangeKind},
        **_stamps(difference),
        "grown_bytes": sum(change.grown for change in changes),
    }
    if not changes:
        return figures
    return {**figures, "changes": _changes(difference), "directories": _directories(difference)}


def _stamps(difference: Difference) -> Metadata:
    """How many changes are of stamps alone, where there are some."""
    counts = {f"{kind.value}_changes": difference.count_stamps(kind) for kind in StampChange}
    return {name: count for name, count in counts.items() if count}


def _period(difference: Difference) -> str:
    """Which versions were compared."""
    period = difference.period
    newest = f"version {difference.to_version} of {period.to_time:%Y-%m-%d %H:%M} UTC"
    if difference.from_version == difference.to_version:
        return f"{newest}, the first that is stored"
    text = f"version {difference.from_version} of {period.from_time:%Y-%m-%d %H:%M} to {newest}"
    return f"{text}; {period.deleted:,} in between were deleted" if period.deleted else text


def _changes(difference: Difference) -> dg.TableMetadataValue:
    return table(
        {
            **dict.fromkeys(("change", "path", "old_path"), "string"),
            "grown_bytes": "int",
            "stamp": "string",
        },
        (
            (
                *(change.change.value, change.path, change.old_path or "", change.grown),
                change.stamp.value if change.stamp else "",
            )
            for change in difference.changes[:_SHOWN_CHANGES]
        ),
    )


def _directories(difference: Difference) -> dg.TableMetadataValue:
    """Those with the most changes in them or below."""
    busiest = sorted(difference.directories(), key=lambda each: (-each.changes, each.directory))
    counts = ("added", "modified", "removed", "renamed", "grown_bytes")
    return table(
        {"directory": "string", "changes": "int", **dict.fromkeys(counts, "int")},
        (
            (
                f"{each.directory}/",
                each.changes,
                *(each.added, each.modified, each.removed, each.renamed, each.grown),
            )
            for each in busiest[:_SHOWN_DIRECTORIES]
        ),
    )
