-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 016_pending_work -> 017_views_for_analysts

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
    ON f.project_key = p.project_key AND f.failed_at > coalesce(p.verified_at, '-infinity');

CREATE VIEW public.onextree_files AS
SELECT p.project_id, 
       CASE WHEN e.dir = '' THEN e.name ELSE e.dir || '/' || e.name END COLLATE "C" AS path,
       e.dir AS directory, e.name, onextree.extension(e.name) AS extension,
       CASE e.kind WHEN 'f' THEN 'file' WHEN 'x' THEN 'executable' WHEN 'l' THEN 'symlink'
                   WHEN 'm' THEN 'submodule' ELSE 'repository' END AS kind,
       e.size AS size_bytes, encode(e.digest, 'hex') AS blake3,
       nullif(c.language, '') AS language, c.category, e.v_from AS changed_in_version
FROM (
    SELECT project_key, coalesce(nullif(long_dir, ''), dir) AS dir, name, kind, size, digest,
           class_id, v_from
    FROM onextree.current_entries
) AS e
JOIN onextree.projects p USING (project_key)
LEFT JOIN onextree.file_classes c USING (class_id)
WHERE p.removed_at IS NULL;

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
WHERE p.removed_at IS NULL;

CREATE VIEW public.onextree_languages AS
SELECT p.project_id, nullif(c.language, '') AS language, c.category,
       count(*) AS files, sum(e.size)::bigint AS size_bytes
FROM onextree.current_entries e
JOIN onextree.projects p USING (project_key)
LEFT JOIN onextree.file_classes c USING (class_id)
WHERE p.removed_at IS NULL
GROUP BY 1, 2, 3;

CREATE VIEW public.onextree_changes AS
SELECT v.project_id, v.version, c.change, c.path, v.created_at AS changed_at, v.commit_id,
       v.branch, v.trigger_type, v.run_id
FROM onextree.versions v
CROSS JOIN LATERAL (
    SELECT 'added' AS change, unnest(v.paths_added) COLLATE "C" AS path
    UNION ALL SELECT 'modified', unnest(v.paths_modified)
    UNION ALL SELECT 'removed', unnest(v.paths_removed)
) AS c;

CREATE FUNCTION public.onextree_files_at(p_project_id text, p_version integer)
RETURNS TABLE (path text, directory text, name text, extension text, kind text,
               size_bytes bigint, blake3 text, language text, category text,
               changed_in_version integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT 
       CASE WHEN e.dir = '' THEN e.name ELSE e.dir || '/' || e.name END COLLATE "C" AS path,
       e.dir AS directory, e.name, onextree.extension(e.name) AS extension,
       CASE e.kind WHEN 'f' THEN 'file' WHEN 'x' THEN 'executable' WHEN 'l' THEN 'symlink'
                   WHEN 'm' THEN 'submodule' ELSE 'repository' END AS kind,
       e.size AS size_bytes, encode(e.digest, 'hex') AS blake3,
       nullif(c.language, '') AS language, c.category, e.v_from AS changed_in_version
FROM onextree.versions v
CROSS JOIN LATERAL onextree.entries_at(v.project_key, v.version) e
LEFT JOIN onextree.file_classes c USING (class_id)
WHERE v.project_id = p_project_id AND v.version = p_version
$$;

COMMENT ON VIEW public.onextree_projects IS 'One row a project, registered or removed with its history kept, with its newest version';

COMMENT ON COLUMN public.onextree_projects.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_projects.project_root IS 'Where it lies';

COMMENT ON COLUMN public.onextree_projects.registered_at IS 'When it was registered';

COMMENT ON COLUMN public.onextree_projects.verified_at IS 'When its tree was last seen to be the newest version';

COMMENT ON COLUMN public.onextree_projects.last_accessed_at IS 'When somebody looked at it last';

COMMENT ON COLUMN public.onextree_projects.removed_at IS 'When it was removed; null while it is registered';

COMMENT ON COLUMN public.onextree_projects.version IS 'Its newest version; null before the first';

COMMENT ON COLUMN public.onextree_projects.snapshot_id IS 'Id of that version';

COMMENT ON COLUMN public.onextree_projects.tree_hash IS 'Hash of that version';

COMMENT ON COLUMN public.onextree_projects.total_files IS 'Entries of that version';

COMMENT ON COLUMN public.onextree_projects.total_directories IS 'Directories of that version';

COMMENT ON COLUMN public.onextree_projects.total_size_bytes IS 'Bytes of that version';

COMMENT ON COLUMN public.onextree_projects.commit_id IS 'Commit that was checked out then';

COMMENT ON COLUMN public.onextree_projects.branch IS 'Branch that was checked out then';

COMMENT ON COLUMN public.onextree_projects.is_dirty IS 'Whether there were uncommitted changes then';

COMMENT ON COLUMN public.onextree_projects.is_enriched IS 'Whether that version is enriched';

COMMENT ON COLUMN public.onextree_projects.changed_at IS 'When that version was stored';

COMMENT ON COLUMN public.onextree_projects.error_code IS 'Of the last run that failed for it, if it was not verified since';

COMMENT ON COLUMN public.onextree_projects.error_message IS 'What that run said';

COMMENT ON VIEW public.onextree_files IS 'One row a file of the newest version of each registered project';

COMMENT ON COLUMN public.onextree_files.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_files.path IS 'Path relative to the root';

COMMENT ON COLUMN public.onextree_files.directory IS 'Directory of the path; the root''s own is empty';

COMMENT ON COLUMN public.onextree_files.name IS 'Last part of the path';

COMMENT ON COLUMN public.onextree_files.extension IS 'In lower case, without its dot; null where there is none';

COMMENT ON COLUMN public.onextree_files.kind IS 'file, executable, symlink, submodule or repository';

COMMENT ON COLUMN public.onextree_files.size_bytes IS 'Bytes; of a symlink, of its target';

COMMENT ON COLUMN public.onextree_files.blake3 IS 'BLAKE3 of the content in hexadecimal; null where it could not be read';

COMMENT ON COLUMN public.onextree_files.language IS 'As linguist names it; null for binary and unknown files';

COMMENT ON COLUMN public.onextree_files.category IS 'source, test, documentation, configuration, data, build, generated, vendored or binary';

COMMENT ON COLUMN public.onextree_files.changed_in_version IS 'The version that added or modified it last';

COMMENT ON VIEW public.onextree_directories IS 'One row a directory of the newest version of each registered project, the root too';

COMMENT ON COLUMN public.onextree_directories.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_directories.directory IS 'Path relative to the root; the root''s own is empty';

COMMENT ON COLUMN public.onextree_directories.files IS 'Files in the directory itself';

COMMENT ON COLUMN public.onextree_directories.size_bytes IS 'Bytes of these';

COMMENT ON COLUMN public.onextree_directories.files_below IS 'Files in it and in all directories below';

COMMENT ON COLUMN public.onextree_directories.size_bytes_below IS 'Bytes of these';

COMMENT ON COLUMN public.onextree_directories.purpose IS 'What it is for, its own or that of the nearest one above; null where unknown';

COMMENT ON VIEW public.onextree_languages IS 'One row a language and category of the newest version of each registered project';

COMMENT ON COLUMN public.onextree_languages.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_languages.language IS 'As linguist names it; null for binary and unknown files';

COMMENT ON COLUMN public.onextree_languages.category IS 'See onextree_files';

COMMENT ON COLUMN public.onextree_languages.files IS 'Number of files';

COMMENT ON COLUMN public.onextree_languages.size_bytes IS 'Bytes of these';

COMMENT ON VIEW public.onextree_changes IS 'One row a path that a stored version added, modified or removed';

COMMENT ON COLUMN public.onextree_changes.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_changes.version IS 'The version; a first one has no changes';

COMMENT ON COLUMN public.onextree_changes.change IS 'added, modified or removed, against the version before';

COMMENT ON COLUMN public.onextree_changes.path IS 'Path relative to the root';

COMMENT ON COLUMN public.onextree_changes.changed_at IS 'When the version was stored';

COMMENT ON COLUMN public.onextree_changes.commit_id IS 'Commit that was checked out then';

COMMENT ON COLUMN public.onextree_changes.branch IS 'Branch that was checked out then';

COMMENT ON COLUMN public.onextree_changes.trigger_type IS 'manual, scheduled, event or import';

COMMENT ON COLUMN public.onextree_changes.run_id IS 'The Dagster run that stored it; null where something else did';

COMMENT ON COLUMN public.onextree_snapshots.id IS 'The snapshot';

COMMENT ON COLUMN public.onextree_snapshots.project_root IS 'Where it was scanned';

COMMENT ON COLUMN public.onextree_snapshots.total_files IS 'Entries of the tree';

COMMENT ON COLUMN public.onextree_snapshots.total_directories IS 'Directories of the tree';

COMMENT ON COLUMN public.onextree_snapshots.total_size_bytes IS 'Bytes of its files';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_sources IS 'Who told enrichment_data: local, archon';

COMMENT ON COLUMN public.onextree_snapshots.is_enriched IS 'Whether it was enriched after it was stored';

COMMENT ON COLUMN public.onextree_snapshots.generation_time_ms IS 'Milliseconds that the scan took';

COMMENT ON COLUMN public.onextree_snapshots.enrichment_time_ms IS 'Milliseconds that the enrichment took';

COMMENT ON COLUMN public.onextree_snapshots.created_at IS 'When it was stored';

COMMENT ON COLUMN public.onextree_snapshots.updated_at IS 'When anything of it was changed last';

COMMENT ON COLUMN public.onextree_snapshots.commit_id IS 'Commit that was checked out';

COMMENT ON COLUMN public.onextree_snapshots.branch IS 'Branch that was checked out';

COMMENT ON COLUMN public.onextree_snapshots.is_dirty IS 'Whether the work tree had uncommitted changes';

COMMENT ON COLUMN public.onextree_snapshots.trigger_type IS 'manual, scheduled, event or import';

COMMENT ON FUNCTION public.onextree_files_at(text, integer) IS 'The files of any stored version of a project, as onextree_files has the newest ones';

UPDATE public.onextree_alembic_version SET version_num='017_views_for_analysts' WHERE public.onextree_alembic_version.version_num = '016_pending_work';

COMMIT;
