"""What the assets are: names, descriptions, columns and where they are stored."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from onextree.intelligence.version import INTELLIGENCE_VERSION
from onextree.service.stamping.states import READING_VERSION
from onextree_assets.partitions import projects_partitions

__all__ = [
    "ENRICHING",
    "FILE_RELATIONSHIPS",
    "OWNERS",
    "PORTFOLIO",
    "PROJECT_TREE",
    "QUALITY_FINDINGS",
    "SNAPSHOT_CHANGES",
    "STAMP_MANIFEST",
    "TREE_ENRICHMENT",
    "TREE_SNAPSHOT",
]

OWNERS = ["team:onextree"]
_GROUP = "projects"
_VIEW = "public.onextree_snapshots"


def _columns(described: Mapping[str, tuple[str, str]]) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(name, column_type, description=description)
            for name, (column_type, description) in described.items()
        ]
    )


_ENTRY_COLUMNS = _columns(
    {
        "project_key": ("integer", "The project, as `onextree.projects` has it"),
        "v_from": ("integer", "The version that wrote the entry"),
        "size": ("bigint", "Bytes; of a symlink, of its target"),
        "kind": ("char", "f file, x executable, l symlink, m submodule, r repository"),
        "dir": ("text", "Directory, relative to the root; the root's own is empty"),
        "name": ("text", "File name"),
        "digest": ("bytea", "BLAKE3 of the content; null where it could not be read"),
        "long_dir": ("text", "The whole directory where `dir` is a shortened key"),
        "class_id": ("smallint", "Language and category, in `onextree.file_classes`"),
    }
)

_SNAPSHOT_COLUMNS = _columns(
    {
        "id": ("uuid", "The snapshot"),
        "project_id": ("varchar", "The project, and the partition here"),
        "project_root": ("text", "Where it was scanned: a directory, or a git URL"),
        "tree_structure": ("jsonb", "The whole tree, put together when it is selected"),
        "tree_hash": ("varchar", "SHA-256 of the tree, the data version here"),
        "total_files": ("integer", "Entries of the tree"),
        "total_directories": ("integer", "Directories of the tree"),
        "total_size_bytes": ("bigint", "Bytes of its files"),
        "enrichment_data": ("jsonb", "What is known of it"),
        "enrichment_sources": ("text[]", "Who told that: local, archon"),
        "is_enriched": ("boolean", "Whether `tree_enrichment` has been there"),
        "generation_time_ms": ("integer", "How long the scan took"),
        "enrichment_time_ms": ("integer", "How long the enrichment took"),
        "version": ("integer", "Counts from 1, never used twice"),
        "parent_snapshot_id": ("uuid", "The version that it was compared with"),
        "created_at": ("timestamptz", "When it was stored"),
        "updated_at": ("timestamptz", "When anything of it was changed last"),
        "expires_at": ("timestamptz", "When retention may delete it"),
        "commit_id": ("varchar", "The commit that was checked out"),
        "branch": ("text", "The branch that was checked out"),
        "is_dirty": ("boolean", "Whether the work tree had uncommitted changes"),
        "trigger_type": ("text", "manual, scheduled, event or import"),
        "is_pinned": ("boolean", "Retention never deletes a pinned version"),
        "run_id": ("text", "The Dagster run that stored it; null for others"),
        "is_reconciled": ("boolean", "Whether a scan of all files has seen it"),
        "git_tree": ("varchar", "Git's id of the commit's tree; null for work trees"),
    }
)

_CHANGE_COLUMNS = _columns(
    {
        "project_id": ("varchar", "The project, and the partition here"),
        "version": ("integer", "The version; a first one has no changes"),
        "change": ("text", "added, modified or removed, against the version before"),
        "path": ("text", "Path relative to the root; a renamed file has two"),
        "changed_at": ("timestamptz", "When the version was stored"),
        "commit_id": ("varchar", "The commit that was checked out"),
        "branch": ("text", "The branch that was checked out"),
        "trigger_type": ("text", "manual, scheduled, event or import"),
        "run_id": ("text", "The Dagster run that stored it; null for others"),
    }
)

_RELATIONSHIP_COLUMNS = _columns(
    {
        "project_id": ("varchar", "The project, and the partition here"),
        "source": ("text", "The file that uses the other"),
        "target": ("text", "The file that is used"),
        "kind": ("text", "import, type, dynamic, reexport, include or module"),
        "line": ("integer", "The first line that says so"),
        "first_seen_version": ("integer", "The version since which it holds"),
        "gone_in_version": ("integer", "The version since which it does not; null while it holds"),
    }
)

_FINDING_COLUMNS = _columns(
    {
        "project_id": ("varchar", "The project, and the partition here"),
        "rule": ("text", "What was found, see docs/findings.md"),
        "rule_version": ("integer", "Changes with what the rule finds"),
        "severity": ("text", "critical, high, medium or low"),
        "path": ("text", "The file; empty for the project as a whole"),
        "line": ("integer", "Null where it is about no line"),
        "subject": ("text", "What in the file, a class say"),
        "message": ("text", "What is wrong, as a sentence"),
        "evidence": ("jsonb", "What it was told by"),
        "first_seen_version": ("integer", "The version since which it is there"),
        "resolved_in_version": ("integer", "The version that has it no more; null while it holds"),
    }
)

_MANIFEST_COLUMNS = _columns(
    {
        "project_id": ("varchar", "The project, and the partition here"),
        "path": ("text", "Path of a file, relative to the root"),
        "blake3": ("text", "BLAKE3 of its bytes; null where it could not be read"),
        "content_hash": (
            "text",
            "BLAKE3 of its content without stamps, normalised; null where that was not read",
        ),
        "state": ("text", "stamped, mismatched, unstamped, sidecar or unread"),
        "form": ("text", "How its stamp is written: lightweight, rich, sidecar or reference"),
        "stamp_hash": ("text", "The content hash that its stamp names"),
        "uid": ("text", "As its stamp has it, whoever wrote that"),
        "sidecar_path": ("text", "The file beside it that carries the stamp"),
        "version": ("integer", "The version that was looked through"),
        "stamp_id": ("uuid", "The newest stamp of that content; null where none is known"),
    }
)

_PORTFOLIO_COLUMNS = _columns(
    {
        "project_id": ("string", "The project"),
        "version": ("Int64", "Its newest version; missing before the first, as what is said of it"),
        "age_hours": ("Float64", "Since that version was stored"),
        "verified_at": ("datetime64[us, UTC]", "When its tree was last seen to be that version's"),
        "unverified_hours": ("Float64", "Since then"),
        "files": ("Int64", "Files of that version"),
        "size_bytes": ("Int64", "Bytes of these"),
        "languages": ("string", "The three largest, with their shares of the bytes"),
        "churn_30d": (
            "Int64",
            "Paths that the stored versions of the last 30 days added, modified or removed, each "
            "time that one did",
        ),
        "enrichment": (
            "category",
            "enriched; partial: Archon has not told all yet; queued, or not enriched",
        ),
        "freshness": ("category", "fresh: verified within 24 hours; stale; never"),
        "last_failure": ("string", "Code of the run that has failed since; missing where none has"),
    }
)


def _spec(key: str, **arguments: Any) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        group_name=_GROUP,
        owners=OWNERS,
        partitions_def=projects_partitions,
        # A run reports each project's event by itself, and no output.
        skippable=True,
        **arguments,
    )


PROJECT_TREE = _spec(
    "project_tree",
    description="Every file of the project with its kind, size and BLAKE3 digest, and one tree "
    "hash for all of it, which is the data version.\n\nA git work tree is listed exactly as "
    "`git ls-files -co --exclude-standard` does, another directory by its `.gitignore` files.",
    kinds={"python", "git"},
    tags={"domain": "structure"},
    code_version="1",
    metadata={
        "dagster/column_schema": _ENTRY_COLUMNS,
        "dagster/table_name": "onextree.current_entries",
    },
)

TREE_SNAPSHOT = _spec(
    "tree_snapshot",
    deps=["project_tree"],
    description="The tree as an immutable, numbered version in PostgreSQL, with the changes to the "
    "version before.\n\nAn unchanged tree makes no version: the newest one is verified, with the "
    "same data version, and nothing downstream becomes stale.",
    kinds={"postgres"},
    tags={"domain": "structure"},
    code_version="1",
    metadata={
        "dagster/column_schema": _SNAPSHOT_COLUMNS,
        "dagster/table_name": _VIEW,
    },
)

SNAPSHOT_CHANGES = _spec(
    "snapshot_changes",
    deps=["tree_snapshot"],
    description="What the newest version changed against the stored one before it: files added, "
    "modified, removed and renamed, bytes grown, and where.\n\nTold with every new version, "
    "whoever stores it; so these are the newest one's, also where a tree is again what it was.",
    kinds={"postgres"},
    tags={"domain": "structure"},
    code_version="1",
    metadata={
        "dagster/column_schema": _CHANGE_COLUMNS,
        "dagster/table_name": "public.onextree_changes",
    },
)

FILE_RELATIONSHIPS = _spec(
    "file_relationships",
    deps=["tree_snapshot"],
    description="Which file of the newest version uses which, by the imports of ten languages, "
    "each resolved by its language's rules.\n\nRead once for each content, whatever version or "
    "project it is of. Packages of others, and imports that lead nowhere, are counted apart.",
    kinds={"python", "postgres"},
    tags={"domain": "intelligence"},
    code_version=INTELLIGENCE_VERSION,
    metadata={
        "dagster/column_schema": _RELATIONSHIP_COLUMNS,
        "dagster/table_name": "public.onextree_relationships",
    },
)

QUALITY_FINDINGS = _spec(
    "quality_findings",
    deps=["tree_snapshot", "file_relationships"],
    description="What is wrong with the newest version, each finding with its rule, evidence and "
    "the version that it came with: circles of imports, god objects, copies, files without tests."
    "\n\nWhat a version has introduced and resolved can be asked for: `onextree findings --since`.",
    kinds={"python", "postgres"},
    tags={"domain": "intelligence"},
    code_version=INTELLIGENCE_VERSION,
    metadata={
        "dagster/column_schema": _FINDING_COLUMNS,
        "dagster/table_name": "public.onextree_findings",
    },
)

TREE_ENRICHMENT = _spec(
    "tree_enrichment",
    deps=["tree_snapshot", "file_relationships", "quality_findings"],
    description="What the newest version tells of itself: languages, purposes of directories, "
    "architecture, quality in short; and what Archon says of it, where it is set up.\n\nOne "
    "enrichment makes it, the relationships and the findings, whichever is asked for. Where Archon "
    "has not told all, it is partial, and is completed by itself.",
    kinds={"python", "postgres"},
    tags={"domain": "intelligence"},
    code_version=INTELLIGENCE_VERSION,
    metadata={"dagster/table_name": _VIEW},
)

STAMP_MANIFEST = _spec(
    "stamp_manifest",
    deps=["tree_snapshot"],
    description="Which file of the newest version carries which stamp, in it or in a sidecar "
    "beside it, and whether that is of the content that it has.\n\nOnly what changed since the "
    "manifest before is looked at, and each content is read once, whatever version or project it "
    "is of. Where contents were not at hand the data version says `partial`, and they are tried "
    "again.",
    kinds={"python", "postgres"},
    tags={"domain": "stamping"},
    code_version=str(READING_VERSION),
    metadata={
        "dagster/column_schema": _MANIFEST_COLUMNS,
        "dagster/table_name": "public.onextree_stamp_manifest",
    },
)

ENRICHING = (FILE_RELATIONSHIPS, QUALITY_FINDINGS, TREE_ENRICHMENT)
"""What one enrichment makes, in this order."""

PORTFOLIO = dg.AssetSpec(
    "portfolio",
    deps=[
        dg.AssetDep("tree_snapshot", partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep("tree_enrichment", partition_mapping=dg.AllPartitionMapping()),
    ],
    description="All registered projects in one table, one row each: how old and how large the "
    "newest version is, what it is written in, how much changes, whether it is enriched and "
    "verified, and what failed last. Its checks hold for every project.",
    group_name="portfolio",
    owners=OWNERS,
    kinds={"pandas", "postgres", "python"},
    tags={"domain": "operations"},
    code_version="3",
    metadata={
        "dagster/column_schema": _PORTFOLIO_COLUMNS,
        "dagster/table_name": "public.onextree_projects",
    },
)
