"""Sending what is in the spool to the API; what it does not take stays for the next tick."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from onextree.errors import OnexTreeError
from onextree.git.work_tree import find_work_tree
from onextree.hook.spool import Entry, Spool
from onextree.tree.names import decode_name

__all__ = ["deliver"]

_PATH = "/tree/incremental-update"
_HEADERS = {"Prefer": "respond-async"}  # taken is enough: nobody here waits for the update
_MOST = 1_000
_MOST_FILES = 1_000
_GIT_TIMEOUT = 2.0  # seconds
_SERVER_FAILED = 500


def deliver(spool: Spool, api: str, *, seconds: float) -> int:
    """Send each entry, and delete those that were taken: answered with a status of 200 to 299.

    Ends early where the API does not answer or says that it cannot now. A path that is not
    UTF-8 is not sent: JSON cannot hold it.

    Args:
        api: ``http://HOST:PORT``; no proxy and no redirect is followed.
        seconds: After which nothing further is sent, and that one answer may take.

    Returns:
        How many were taken.

    Raises:
        ConfigurationError: The spool cannot be read.
    """
    end = time.monotonic() + seconds
    taken = 0
    with httpx.Client(headers=_HEADERS, timeout=seconds, trust_env=False) as client:
        for name, body in _bodies(spool):
            if time.monotonic() >= end:
                break
            try:
                # The answer's own body, however long, is nobody's concern.
                with client.stream("POST", api.rstrip("/") + _PATH, json=body) as response:
                    status = response.status_code
            except (httpx.HTTPError, httpx.InvalidURL):
                break
            if httpx.codes.is_success(status):
                spool.delete(name)
                taken += 1
            elif status >= _SERVER_FAILED:
                break
    return taken


def _bodies(spool: Spool) -> Iterator[tuple[str, dict[str, object]]]:
    """What is to be sent of each entry; entries that come meanwhile are at the end."""
    seen: set[str] = set()
    while fresh := [each for each in spool.entries(_MOST) if each[0] not in seen]:
        for name, entry in fresh:
            seen.add(name)
            body = _body(entry) if entry is not None else None
            if body is not None:
                yield name, body


def _body(entry: Entry) -> dict[str, object] | None:
    try:
        top = entry.top.decode()
    except UnicodeDecodeError:
        return None
    commits = {"old_commit": entry.old_commit, "new_commit": entry.new_commit}
    return {
        "project_root": top,
        "modified_files": _modified_files(entry),
        "trigger_type": "git_commit",
        **{name: commit for name, commit in commits.items() if commit},
    }


def _modified_files(entry: Entry) -> list[str]:
    """What two known commits differ in, relative to the top, as stored text.

    None are named where there are more than 1,000, or git does not say: the API, which knows what
    was scanned last, compares by itself.
    """
    if entry.old_commit is None or entry.new_commit is None:
        return []
    try:
        work_tree = find_work_tree(Path(os.fsdecode(entry.top)), timeout=_GIT_TIMEOUT)
        if work_tree is None:
            return []
        changes = work_tree.compare_commits(entry.old_commit, entry.new_commit)
    except (OSError, OnexTreeError):
        return []
    return [decode_name(change.path) for change in changes] if len(changes) <= _MOST_FILES else []
