-- A new version in one statement: what it replaces or removes moves to the closed rows.
WITH changed AS (
    SELECT * FROM unnest(
        %(dirs)s::text[], %(long_dirs)s::text[], %(names)s::text[],
        %(kinds)s::"char"[], %(sizes)s::bigint[], %(digests)s::bytea[],
        %(classes)s::smallint[]
    ) AS c (dir, long_dir, name, kind, size, digest, class_id)
), gone AS (
    SELECT * FROM unnest(%(gone_dirs)s::text[], %(gone_names)s::text[]) AS g (dir, name)
), closed AS (
    INSERT INTO onextree.closed_entries
        (project_key, v_from, v_to, size, kind, dir, name, digest, long_dir, class_id)
    SELECT e.project_key, e.v_from, %(version)s, e.size, e.kind, e.dir, e.name, e.digest,
           e.long_dir, e.class_id
    FROM (SELECT dir, name FROM changed UNION ALL SELECT dir, name FROM gone) AS touched
    JOIN onextree.current_entries e
      ON e.project_key = %(project_key)s AND e.dir = touched.dir AND e.name = touched.name
), removed AS (
    DELETE FROM onextree.current_entries e
    USING gone
    WHERE e.project_key = %(project_key)s AND e.dir = gone.dir AND e.name = gone.name
), written AS (
    INSERT INTO onextree.current_entries
        (project_key, v_from, size, kind, dir, name, digest, long_dir, class_id)
    SELECT %(project_key)s, %(version)s, size, kind, dir, name, digest, long_dir, class_id
    FROM changed
    ON CONFLICT (project_key, dir, name) DO UPDATE
    SET v_from = excluded.v_from, size = excluded.size, kind = excluded.kind,
        digest = excluded.digest, class_id = excluded.class_id
), counted AS (
    UPDATE onextree.projects
    SET last_version = %(version)s, verified_at = %(scanned_at)s
    WHERE project_key = %(project_key)s
)
INSERT INTO onextree.versions (
    project_key, project_id, version, project_root, tree_hash,
    total_files, total_directories, total_size_bytes, generation_time_ms,
    parent_snapshot_id, commit_id, branch, is_dirty, is_mixed, trigger_type,
    unreadable_files, skipped_files, paths_added, paths_modified, paths_removed,
    enrichment_data, enrichment_sources, expires_at
) VALUES (
    %(project_key)s, %(project_id)s, %(version)s, %(project_root)s, %(tree_hash)s,
    %(total_files)s, %(total_directories)s, %(total_size_bytes)s, %(generation_time_ms)s,
    %(parent_snapshot_id)s, %(commit_id)s, %(branch)s, %(is_dirty)s, %(is_mixed)s,
    %(trigger_type)s, %(unreadable_files)s, %(skipped_files)s,
    %(paths_added)s::text[], %(paths_modified)s::text[], %(paths_removed)s::text[],
    %(enrichment_data)s, %(enrichment_sources)s::text[], now() + make_interval(days => %(retention_days)s)
)
RETURNING id
