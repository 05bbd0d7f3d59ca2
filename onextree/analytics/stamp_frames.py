"""Frames of stamps: which were made, of what they come, and which files carry them."""

import pandas as pd

from onextree.analytics.base import Frames, Parameters, of_project
from onextree.store import projects, stamp_manifest
from onextree.store.database import RawConnection

__all__ = ["StampFrames"]


class StampFrames(Frames):
    """Questions about stamps; a stamp's hash is that of the content without stamps."""

    def stamps(
        self, project_id: str | None = None, *, namespace: str | None = None
    ) -> pd.DataFrame:
        """Stamps that were made, the newest first: one a content and namespace.

        Args:
            project_id: Those of files of this project; all, of no project too, by default.
            namespace: Those of this namespace; of all by default.

        Columns:
            stamp_id: Made of namespace and content hash alone; the uid in the stamp.
            namespace: Within which a content has one stamp.
            content_hash: BLAKE3 of the content without stamps, normalised; in hexadecimal.
            project_id, file_path: Where the content was first stamped; missing where it was said
                by nobody.
            stamp_type: lightweight or rich.
            is_sidecar: Whether it stands in a file beside the one that it is of.
            intelligence_level: live, snapshot or basic.
            tree_version: The version that its intelligence is of, which may be deleted by now;
                missing where there was none.
            commit_id, run_id, snapshot_id: Of that version.
            op_id, workflow_id: Of the caller.
            event_id: Of the event that tells of it.
            is_event_published: Whether Kafka has acknowledged that; missing where it is not kept
                any more.
            created_at: When the content was first stamped.

        Raises:
            ProjectNotFound: No such project.
        """
        return self._select(
            "stamps", of_project(project_id, with_removed=True, namespace=namespace)
        )

    def stamp_manifest(self, project_id: str) -> pd.DataFrame:
        """Which file of a project carries which stamp, by path, as of its manifest.

        ``attrs["version"]`` is the version that was looked through; None where none was yet.

        Columns:
            path: Of a file; symlinks carry no stamps.
            state: stamped; mismatched: the stamp names another hash; unstamped, sidecar, or unread.
            form: lightweight, rich, sidecar or reference; missing where it has no stamp.
            uid, stamp_hash: As its stamp has them, whoever wrote that.
            content_hash: BLAKE3 of the content without stamps, normalised; missing where it was
                not read.
            blake3: Of its bytes; missing where there was nothing to hash.
            sidecar_path: The file beside it that carries the stamp.
            stamp_id: The newest stamp of that content in any namespace; missing where none is
                known. `stamps` has what it comes from.

        Raises:
            ProjectNotFound: No such project.
        """
        told = dict[str, int | None]()

        def find(connection: RawConnection) -> Parameters:
            project = projects.find_project(connection, project_id, with_removed=True)
            stored = stamp_manifest.find_manifest(connection, project.project_key)
            told["version"] = stored.version if stored else None
            return {"project_id": project_id}

        frame = self._select("stamp_manifest", find)
        frame.attrs.update(told)
        return frame
