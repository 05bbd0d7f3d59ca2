"""What Dagster keeps of a manifest: of bounded size, whatever the project is."""

from datetime import UTC, datetime
from uuid import UUID

import dagster as dg
import pytest
from dagster._serdes import serialize_value

from onextree.service import Manifest
from onextree.store.stamp_manifest import ManifestRow, StampState, StoredManifest
from onextree_assets.stamp_metadata import manifest_metadata

MOST_BYTES = 100_000
COUNTS = dict(zip(StampState, (600_000, 200_000, 100_000, 50_000, 50_000), strict=True))
BEFORE = StoredManifest(UUID(int=1), 6, 1, datetime(2026, 3, 1, tzinfo=UTC), COUNTS)


def manifest(
    *,
    before: StoredManifest | None = None,
    waiting: int = 0,
    is_stored: bool = True,
    mismatched: list[ManifestRow] | None = None,
) -> Manifest:
    return Manifest(
        project_id="shop",
        version=7,
        tree_hash="0" * 64,
        commit_id=None,
        counts=COUNTS,
        contents_read=10,
        waiting=waiting,
        changed=11,
        removed=1,
        before=before,
        mismatched=mismatched or [],
        is_stored=is_stored,
    )


def row(path: str, *, stamp_hash: bytes | None, sidecar: str | None = None) -> ManifestRow:
    state = StampState.MISMATCHED
    form = "sidecar" if sidecar else "rich"
    return ManifestRow(path, b"\1" * 32, b"\2" * 32, state, form, "uid", stamp_hash, sidecar)


def test_much_of_everything_is_bounded() -> None:
    deep = "/".join("a_directory_with_quite_a_long_name" for _ in range(100))
    rows = [
        row(f"{deep}/{number}", stamp_hash=b"\3" * 32, sidecar=f"{deep}/.{number}")
        for number in range(50)
    ]
    told = manifest_metadata(manifest(mismatched=rows))
    event = dg.AssetMaterialization("stamp_manifest", metadata=dict(told))
    assert len(serialize_value(event)) < MOST_BYTES
    assert len(told["states"].value) < 1_000


def test_what_a_stamp_says_and_what_its_file_is() -> None:
    rows = [
        row("app.py", stamp_hash=b"\3" * 32),
        row("data.json", stamp_hash=None, sidecar=".data.json.onex-meta.json"),
    ]
    table = manifest_metadata(manifest(mismatched=rows))["mismatched_files"]
    assert [record.data for record in table.records] == [
        {
            "file": "app.py",
            "stamp says": "03" * 32,
            "content is": "02" * 32,
            "stamp": "in the file, rich",
        },
        {
            "file": "data.json",
            "stamp says": "no hash",
            "content is": "02" * 32,
            "stamp": ".data.json.onex-meta.json",
        },
    ]


def test_shares_are_of_files_that_can_carry_stamps() -> None:
    assert manifest_metadata(manifest())["stamped_share"] == round(600_000 / 950_000, 4)


@pytest.mark.parametrize(
    ("made", "result"),
    [
        (manifest(), "all files looked at"),
        (manifest(before=BEFORE), "what changed since version 6 looked at"),
        (manifest(waiting=2_000), "all files looked at; 2,000 to be tried again"),
        (manifest(is_stored=False), "not stored: a later version has a manifest"),
    ],
)
def test_what_was_done_is_told(made: Manifest, result: str) -> None:
    assert manifest_metadata(made)["result"] == result
