"""Views for analysts: projects, files, directories, languages and changes.

Revision ID: 017_views_for_analysts
Revises: 016_pending_work
"""

from collections.abc import Mapping

from alembic import op

revision = "017_views_for_analysts"
down_revision = "016_pending_work"
branch_labels = None
depends_on = None

PROJECTS = """
CREATE VIEW public.onextree_projects AS
SELECT p.project_id, p.project_root, p.created_at AS registered_at, p.verified_at,
       p.last_accessed_at, p.removed_at, v.version, v.id AS snapshot_id, v.tree_hash,
       v.total_files, v.total_directories, v.total_size_bytes, v.commit_id, v.branch, v.is_dirty,
       v.is_enriched, v.created_at AS changed_at, f.error_code, f.message AS error_message
FROM onextree.projects p
LEFT JOIN LATERAL (
    SELECT * FROM onextree.versions WHERE project_key = p.project_key
    ORDER BY version DESC LIMIT 1
) AS v ON true
LEFT JOIN onextree.project_failures f
    ON f.project_key = p.project_key AND f.failed_at > coalesce(p.verified_at, '-infinity')
"""

# Of an entry e whose dir is the whole one, and its class c.
FILE_COLUMNS = """
       CASE WHEN e.dir = '' THEN e.name ELSE e.dir || '/' || e.name END COLLATE "C" AS path,
       e.dir AS directory, e.name, onextree.extension(e.name) AS extension,
       CASE e.kind WHEN 'f' THEN 'file' WHEN 'x' THEN 'executable' WHEN 'l' THEN 'symlink'
                   WHEN 'm' THEN 'submodule' ELSE 'repository' END AS kind,
       e.size AS size_bytes, encode(e.digest, 'hex') AS blake3,
       nullif(c.language, '') AS language, c.category, e.v_from AS changed_in_version"""

FILES = """
CREATE VIEW public.onextree_files AS
SELECT p.project_id, FILE_COLUMNS
FROM (
    SELECT project_key, coalesce(nullif(long_dir, ''), dir) AS dir, name, kind, size, digest,
           class_id, v_from
    FROM onextree.current_entries
) AS e
JOIN onextree.projects p USING (project_key)
LEFT JOIN onextree.file_classes c USING (class_id)
WHERE p.removed_at IS NULL
""".replace("FILE_COLUMNS", FILE_COLUMNS)

# Each directory counts for all of those above it. A project at a time, so that a question about one
# does not add up the others.
DIRECTORIES = """
CREATE VIEW public.onextree_directories AS
SELECT p.project_id, d.directory, d.files, d.size_bytes, d.files_below, d.size_bytes_below,
       (
           SELECT v.purposes ->> array_to_string(a.parts[1:n], '/')
           FROM string_to_array(d.directory, '/') AS a (parts),
                generate_series(array_length(a.parts, 1), 1, -1) AS n
           WHERE v.purposes ? array_to_string(a.parts[1:n], '/')
           ORDER BY n DESC LIMIT 1
       ) AS purpose
FROM onextree.projects p
LEFT JOIN LATERAL (
    SELECT enrichment_data -> 'directory_purposes' AS purposes
    FROM onextree.versions WHERE project_key = p.project_key
    ORDER BY version DESC LIMIT 1
) AS v ON true
CROSS JOIN LATERAL (
    SELECT above.directory COLLATE "C" AS directory,
           coalesce(sum(files) FILTER (WHERE above.directory = own.directory), 0)::bigint AS files,
           coalesce(sum(size) FILTER (WHERE above.directory = own.directory), 0)::bigint
               AS size_bytes,
           sum(files)::bigint AS files_below, sum(size)::bigint AS size_bytes_below
    FROM (
        SELECT coalesce(nullif(long_dir, ''), dir) AS directory, count(*) AS files,
               sum(size) AS size
        FROM onextree.current_entries
        WHERE project_key = p.project_key
        GROUP BY 1
    ) AS own
    CROSS JOIN LATERAL (
        SELECT '' AS directory
        UNION ALL
        SELECT array_to_string(a.parts[1:n], '/')
        FROM string_to_array(own.directory, '/') AS a (parts),
             generate_series(1, array_length(a.parts, 1)) AS n
    ) AS above
    GROUP BY 1
) AS d
WHERE p.removed_at IS NULL
"""

LANGUAGES = """
CREATE VIEW public.onextree_languages AS
SELECT p.project_id, nullif(c.language, '') AS language, c.category,
       count(*) AS files, sum(e.size)::bigint AS size_bytes
FROM onextree.current_entries e
JOIN onextree.projects p USING (project_key)
LEFT JOIN onextree.file_classes c USING (class_id)
WHERE p.removed_at IS NULL
GROUP BY 1, 2, 3
"""

CHANGES = """
CREATE VIEW public.onextree_changes AS
SELECT v.project_id, v.version, c.change, c.path, v.created_at AS changed_at, v.commit_id,
       v.branch, v.trigger_type, v.run_id
FROM onextree.versions v
CROSS JOIN LATERAL (
    SELECT 'added' AS change, unnest(v.paths_added) COLLATE "C" AS path
    UNION ALL SELECT 'modified', unnest(v.paths_modified)
    UNION ALL SELECT 'removed', unnest(v.paths_removed)
) AS c
"""

FILES_AT = """
CREATE FUNCTION public.onextree_files_at(p_project_id text, p_version integer)
RETURNS TABLE (path text, directory text, name text, extension text, kind text,
               size_bytes bigint, blake3 text, language text, category text,
               changed_in_version integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT FILE_COLUMNS
FROM onextree.versions v
CROSS JOIN LATERAL onextree.entries_at(v.project_key, v.version) e
LEFT JOIN onextree.file_classes c USING (class_id)
WHERE v.project_id = p_project_id AND v.version = p_version
$$
""".replace("FILE_COLUMNS", FILE_COLUMNS)

VIEWS = {
    "onextree_projects": (
        "One row a project, registered or removed with its history kept, with its newest version",
        {
            "project_id": "The project",
            "project_root": "Where it lies",
            "registered_at": "When it was registered",
            "verified_at": "When its tree was last seen to be the newest version",
            "last_accessed_at": "When somebody looked at it last",
            "removed_at": "When it was removed; null while it is registered",
            "version": "Its newest version; null before the first",
            "snapshot_id": "Id of that version",
            "tree_hash": "Hash of that version",
            "total_files": "Entries of that version",
            "total_directories": "Directories of that version",
            "total_size_bytes": "Bytes of that version",
            "commit_id": "Commit that was checked out then",
            "branch": "Branch that was checked out then",
            "is_dirty": "Whether there were uncommitted changes then",
            "is_enriched": "Whether that version is enriched",
            "changed_at": "When that version was stored",
            "error_code": "Of the last run that failed for it, if it was not verified since",
            "error_message": "What that run said",
        },
    ),
    "onextree_files": (
        "One row a file of the newest version of each registered project",
        {
            "project_id": "The project",
            "path": "Path relative to the root",
            "directory": "Directory of the path; the root''s own is empty",
            "name": "Last part of the path",
            "extension": "In lower case, without its dot; null where there is none",
            "kind": "file, executable, symlink, submodule or repository",
            "size_bytes": "Bytes; of a symlink, of its target",
            "blake3": "BLAKE3 of the content in hexadecimal; null where it could not be read",
            "language": "As linguist names it; null for binary and unknown files",
            "category": "source, test, documentation, configuration, data, build, generated,"
            " vendored or binary",
            "changed_in_version": "The version that added or modified it last",
        },
    ),
    "onextree_directories": (
        "One row a directory of the newest version of each registered project, the root too",
        {
            "project_id": "The project",
            "directory": "Path relative to the root; the root''s own is empty",
            "files": "Files in the directory itself",
            "size_bytes": "Bytes of these",
            "files_below": "Files in it and in all directories below",
            "size_bytes_below": "Bytes of these",
            "purpose": "What it is for, its own or that of the nearest one above; null where"
            " unknown",
        },
    ),
    "onextree_languages": (
        "One row a language and category of the newest version of each registered project",
        {
            "project_id": "The project",
            "language": "As linguist names it; null for binary and unknown files",
            "category": "See onextree_files",
            "files": "Number of files",
            "size_bytes": "Bytes of these",
        },
    ),
    "onextree_changes": (
        "One row a path that a stored version added, modified or removed",
        {
            "project_id": "The project",
            "version": "The version; a first one has no changes",
            "change": "added, modified or removed, against the version before",
            "path": "Path relative to the root",
            "changed_at": "When the version was stored",
            "commit_id": "Commit that was checked out then",
            "branch": "Branch that was checked out then",
            "trigger_type": "manual, scheduled, event or import",
            "run_id": "The Dagster run that stored it; null where something else did",
        },
    ),
}

SNAPSHOT_COLUMNS = {
    "id": "The snapshot",
    "project_root": "Where it was scanned",
    "total_files": "Entries of the tree",
    "total_directories": "Directories of the tree",
    "total_size_bytes": "Bytes of its files",
    "enrichment_sources": "Who told enrichment_data: local, archon",
    "is_enriched": "Whether it was enriched after it was stored",
    "generation_time_ms": "Milliseconds that the scan took",
    "enrichment_time_ms": "Milliseconds that the enrichment took",
    "created_at": "When it was stored",
    "updated_at": "When anything of it was changed last",
    "commit_id": "Commit that was checked out",
    "branch": "Branch that was checked out",
    "is_dirty": "Whether the work tree had uncommitted changes",
    "trigger_type": "manual, scheduled, event or import",
}


def upgrade() -> None:
    for definition in (PROJECTS, FILES, DIRECTORIES, LANGUAGES, CHANGES, FILES_AT):
        op.execute(definition)
    for view, (comment, columns) in VIEWS.items():
        op.execute(f"COMMENT ON VIEW public.{view} IS '{comment}'")
        for column, described in columns.items():
            op.execute(f"COMMENT ON COLUMN public.{view}.{column} IS '{described}'")
    _comment_snapshots(SNAPSHOT_COLUMNS)
    op.execute(
        "COMMENT ON FUNCTION public.onextree_files_at(text, integer) IS"
        " 'The files of any stored version of a project, as onextree_files has the newest ones'"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION public.onextree_files_at(text, integer)")
    for view in VIEWS:
        op.execute(f"DROP VIEW public.{view}")
    _comment_snapshots(dict.fromkeys(SNAPSHOT_COLUMNS))


def _comment_snapshots(comments: Mapping[str, str | None]) -> None:
    for column, comment in comments.items():
        text = "NULL" if comment is None else f"'{comment}'"
        op.execute(f"COMMENT ON COLUMN public.onextree_snapshots.{column} IS {text}")
