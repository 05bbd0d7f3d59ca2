"""Contents of files of a commit, each checked by the digest that a scan has found."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from onextree.git.object_store import ObjectStore
from onextree.tree.commit.listing import list_commit
from onextree.tree.limits import Limits
from onextree.tree.reading.contents import W, is_content

__all__ = ["CommitContents"]


class CommitContents:
    """Contents of a commit's files, from its blobs.

    Args:
        commit: Its full id.
    """

    def __init__(self, store: ObjectStore, commit: str, limits: Limits) -> None:
        self._store = store
        self._commit = commit
        self._limits = limits
        self._ids: dict[tuple[bytes, bytes], tuple[bytes, int]] | None = None

    def read(self, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        """The contents in their order; what the commit does not have so is left out.

        Raises:
            RepositoryUnreadable: The commit, or a content, is missing or broken.
            DeadlineExceeded: git was silent for too long.
        """
        ids = self._object_ids()
        found: list[tuple[W, bytes]] = []
        for file in wanted:
            object_id, size = ids.get((file.directory, file.name), (b"", -1))
            if size == file.size:
                found.append((file, object_id))
        with closing(self._store.read(object_id for _, object_id in found)) as reader:
            for file, _ in found:
                content = reader.content(reader.header().size)
                if is_content(file, content):
                    yield file, content

    def _object_ids(self) -> dict[tuple[bytes, bytes], tuple[bytes, int]]:
        """Object id and size of each file."""
        if self._ids is None:
            listing = list_commit(self._store, self._commit, self._limits)
            self._ids = {
                (file.directory, file.name): (file.object_id, file.size) for file in listing.files
            }
        return self._ids
