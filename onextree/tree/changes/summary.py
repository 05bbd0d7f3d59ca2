"""What changed, in the words of the specification's change detector."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from onextree.tree.model import Entry
from onextree.tree.names import decode_name

__all__ = ["ChangeSummary", "summarize"]


class ChangeSummary(NamedTuple):
    """Paths relative to the root, as stored text, sorted.

    Attributes:
        renamed: Old and new path of files that have the same content under another path.
    """

    added: list[str]
    modified: list[str]
    deleted: list[str]
    renamed: list[tuple[str, str]]

    def as_dict(self) -> dict[str, Any]:
        """Shape: ``{added, modified, deleted, renamed: [{old, new}]}``, section 8."""
        return {
            "added": self.added,
            "modified": self.modified,
            "deleted": self.deleted,
            "renamed": [{"old": old, "new": new} for old, new in self.renamed],
        }


def summarize(before: Iterable[Entry], after: Iterable[Entry]) -> ChangeSummary:
    """Tell what turns some entries into others; what is the same in both is nothing.

    A renamed file has the digest of one that is gone; a name that is equal, too, comes first. Empty
    files are all the same and tell nothing.
    """
    old = {entry.path: entry for entry in before}
    new = {entry.path: entry for entry in after}
    modified = [path for path in old.keys() & new.keys() if old[path][2:5] != new[path][2:5]]
    gone: defaultdict[bytes, list[Entry]] = defaultdict(list)
    for path in sorted(old.keys() - new.keys(), reverse=True):
        gone[old[path].digest or b""].append(old[path])
    added, renamed = [], []
    for path in sorted(new.keys() - old.keys()):
        found = _take(gone[new[path].digest or b""], new[path])
        if found is None:
            added.append(path)
        else:
            renamed.append((found.path, path))
    deleted = old.keys() - new.keys() - {path for path, _ in renamed}
    return ChangeSummary(
        added=[decode_name(path) for path in added],
        modified=sorted(map(decode_name, modified)),
        deleted=sorted(map(decode_name, deleted)),
        renamed=[(decode_name(was), decode_name(now)) for was, now in renamed],
    )


def _take(candidates: list[Entry], entry: Entry) -> Entry | None:
    if entry.digest is None or not entry.size or not candidates:
        return None
    same = [one for one in candidates if one.name == entry.name]
    found = (same or candidates)[-1]
    candidates.remove(found)
    return found
