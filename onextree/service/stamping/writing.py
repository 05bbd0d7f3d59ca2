"""Stamps are written into contents, with what the tree knows of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, ClassVar

from onextree.errors import OnexTreeError, OnexTreeErrorCode
from onextree.service.intelligence import Intelligence
from onextree.service.stamping.drafts import Draft
from onextree.service.stamping.lookup import Place
from onextree.stamping.marking import carried, mark, read
from onextree.stamping.model import FoundStamp, Marked, Stamp, StampForm, StampType
from onextree.stamping.sidecars import read_sidecar

__all__ = ["StampBroken", "Written", "write"]

_SHOWN = 10  # of each kind


class StampBroken(OnexTreeError):
    """A content does not read back as it was stamped; nothing of it is told or stored."""

    code: ClassVar[OnexTreeErrorCode] = OnexTreeErrorCode.INTERNAL_ERROR


@dataclass(frozen=True, slots=True)
class Written:
    """A content with its stamp.

    Attributes:
        created_at: That the stamp is of.
    """

    draft: Draft
    place: Place
    intelligence: Intelligence
    created_at: datetime
    marked: Marked

    def anew(self, created_at: datetime) -> "Written | OnexTreeError":
        """The same for a content that somebody has stamped before, at that time."""
        return write(self.draft, self.place, self.intelligence, created_at)


def write(
    draft: Draft, place: Place, intelligence: Intelligence, created_at: datetime
) -> Written | OnexTreeError:
    """Write a stamp, unless the content carries it already; or why that cannot be."""
    begin = perf_counter()
    try:
        marked = _carried(draft) or _marked(draft, place, intelligence, created_at)
    except OnexTreeError as error:
        return error
    finally:
        draft.seconds += perf_counter() - begin
    return Written(draft, place, intelligence, created_at, marked)


def _carried(draft: Draft) -> Marked | None:
    """The content as it is, where it carries just the stamp that it should."""
    asked, reading = draft.asked, draft.reading
    name, uid = draft.name, draft.stamp_id
    if not carried(reading, name, asked.stamp_type, sidecar=asked.sidecar, uid=uid):
        return None
    for found in reading.stamps:
        if found.is_current:
            return Marked(asked.content, reading.blake3, found.text, is_unchanged=True)
    return None


def _marked(draft: Draft, place: Place, intelligence: Intelligence, created_at: datetime) -> Marked:
    asked, reading = draft.asked, draft.reading
    stamp = Stamp(
        draft.stamp_id,
        reading.content_hash,
        created_at,
        asked.stamp_type,
        asked.namespace,
        asked.protocol_version,
        draft.author,
        draft.version,
        {
            **_texts({"author": draft.author, "version": draft.version}),
            **_about(place, intelligence),
        }
        if asked.includes_metadata and asked.stamp_type is StampType.RICH
        else {},
    )
    marked = mark(asked.content, reading, draft.name, stamp, sidecar=asked.sidecar)
    if asked.checks_integrity:
        _check(draft, stamp, marked)
    return marked


def _check(draft: Draft, stamp: Stamp, marked: Marked) -> None:
    """Read a stamped content back.

    Raises:
        StampBroken: It has not just this stamp, or another content.
    """
    back = read(marked.content)
    found: Sequence[FoundStamp | None]
    if marked.sidecar is None:
        found = [each for each in back.stamps if each.form is not StampForm.REFERENCE]
    else:
        found = [read_sidecar(marked.sidecar, content_hash=back.content_hash)]
    is_whole = (
        back.content_hash == stamp.content_hash
        and back.blake3 == marked.blake3
        and len(found) == 1
        and found[0] is not None
        and bool(found[0].is_valid)
        and found[0].uid == str(stamp.uid)
    )
    if not is_whole:
        raise StampBroken(
            "The stamped content does not read back as it was written, so it is not given out; "
            "please report what kind of file it is.",
            name=draft.name,
        )


def _about(place: Place, intelligence: Intelligence) -> dict[str, Any]:
    """What a stamp says of its file, in few words."""
    data = intelligence.data
    about: dict[str, Any] = {}
    if place.state is not None and place.path is not None:
        where = {"project": place.state.project.project_id, "path": place.path}
        directory = place.path.rpartition("/")[0]
        about["place"] = {
            **where,
            **_texts({"directory": directory, "purpose": data.get("directory_purpose")}),
        }
    about |= _texts({"language": data.get("language"), "category": data.get("category")})
    tree = _tree(place, data)
    if tree:
        about["tree"] = tree
    about["level"] = intelligence.level.value
    patterns = [each for each in _listed(data, "patterns") if isinstance(each, str)]
    if patterns:
        about["patterns"] = patterns[:_SHOWN]
    about |= _related(place.path, data)
    findings = [
        {name: found[name] for name in ("rule", "severity", "line") if found.get(name) is not None}
        for found in _objects(data, "findings")
    ]
    if findings:
        about["findings"] = findings[:_SHOWN]
    return about


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value and isinstance(value, str)}


def _tree(place: Place, data: Mapping[str, Any]) -> dict[str, Any]:
    """The version that is told of; the service's own tree has a hash alone."""
    tree: dict[str, Any] = {}
    if isinstance(version := data.get("version"), int):
        tree["version"] = version
    tree |= _texts({"hash": data.get("tree_hash")})
    state = place.state
    if state is not None and state.located is not None and state.located.version == version:
        tree |= _texts({"commit": state.commit_id})
    return tree


def _related(path: str | None, data: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the file imports, and what imports it; ten in all."""
    imports, users = [], []
    for each in _objects(data, "relationships"):
        source, target = each.get("from"), each.get("to")
        if each.get("type") != "imports" or path is None:
            continue
        if source == path and isinstance(target, str):
            imports.append(target)
        elif target == path and isinstance(source, str):
            users.append(source)
    kept = imports[: max(_SHOWN - len(users), _SHOWN // 2)]
    related = {"imports": kept, "imported_by": users[: _SHOWN - len(kept)]}
    return {name: paths for name, paths in related.items() if paths}


def _listed(data: Mapping[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _objects(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    return (each for each in _listed(data, name) if isinstance(each, dict))
