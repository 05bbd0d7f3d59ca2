-- A new version in one statement: what it replaces or removes moves to the closed rows. Each row is
-- found once, by one index look-up, whatever the planner thinks of tables that it has no figures of.
-- A version that not all files were looked at for is to be reconciled.
WITH changed AS MATERIALIZED (
    SELECT c.*, e.place, e.old_v_from, e.old_size, e.old_kind, e.old_digest, e.old_class_id
    FROM unnest(
        %(dirs)s::text[], %(long_dirs)s::text[], %(names)s::text[],
        %(kinds)s::"char"[], %(sizes)s::bigint[], %(digests)s::bytea[],
        %(classes)s::smallint[]
    ) AS c (dir, long_dir, name, kind, size, digest, class_id)
    LEFT JOIN LATERAL (
        SELECT ctid AS place, v_from AS old_v_from, size AS old_size, kind AS old_kind,
               digest AS old_digest, class_id AS old_class_id
        FROM onextree.current_entries
        WHERE project_key = %(project_key)s AND dir = c.dir AND name = c.name
        LIMIT 1
    ) AS e ON true
), gone AS MATERIALIZED (
    SELECT e.*
    FROM unnest(%(gone_dirs)s::text[], %(gone_names)s::text[]) AS g (dir, name)
    CROSS JOIN LATERAL (
        SELECT ctid AS place, *
        FROM onextree.current_entries
        WHERE project_key = %(project_key)s AND dir = g.dir AND name = g.name
        LIMIT 1
    ) AS e
), closed AS (
    INSERT INTO onextree.closed_entries
        (project_key, v_from, v_to, size, kind, dir, name, digest, long_dir, class_id)
    SELECT %(project_key)s, old_v_from, %(version)s, old_size, old_kind, dir, name, old_digest,
           long_dir, old_class_id
    FROM changed WHERE place IS NOT NULL
    UNION ALL
    SELECT project_key, v_from, %(version)s, size, kind, dir, name, digest, long_dir, class_id
    FROM gone
), removed AS (
    DELETE FROM onextree.current_entries e USING gone WHERE e.ctid = gone.place
), replaced AS (
    UPDATE onextree.current_entries e
    SET v_from = %(version)s, size = c.size, kind = c.kind, digest = c.digest,
        class_id = c.class_id
    FROM changed c WHERE e.ctid = c.place
), added AS (
    INSERT INTO onextree.current_entries
        (project_key, v_from, size, kind, dir, name, digest, long_dir, class_id)
    SELECT %(project_key)s, %(version)s, size, kind, dir, name, digest, long_dir, class_id
    FROM changed WHERE place IS NULL
), unhashed AS MATERIALIZED (
    SELECT d.place
    FROM unnest(%(unhashed_parents)s::text[], %(unhashed_names)s::text[]) AS u (parent, name)
    CROSS JOIN LATERAL (
        SELECT ctid AS place FROM onextree.current_directories
        WHERE project_key = %(project_key)s AND parent = u.parent AND name = u.name
        LIMIT 1
    ) AS d
), forgotten AS (
    DELETE FROM onextree.current_directories d USING unhashed WHERE d.ctid = unhashed.place
), hashed AS (
    INSERT INTO onextree.current_directories (project_key, parent, name, digest)
    SELECT %(project_key)s, h.*
    FROM unnest(%(hashed_parents)s::text[], %(hashed_names)s::text[], %(hashed_digests)s::bytea[])
        AS h (parent, name, digest)
    ON CONFLICT (project_key, parent, name) DO UPDATE SET digest = excluded.digest
), counted AS (
    UPDATE onextree.projects
    SET last_version = %(version)s,
        verified_at = CASE WHEN %(is_whole)s THEN %(scanned_at)s ELSE verified_at END,
        updated_at = CASE WHEN %(is_whole)s THEN updated_at ELSE %(scanned_at)s END,
        head_commit = CASE WHEN %(is_scan)s THEN %(commit_id)s ELSE head_commit END,
        head_branch = CASE WHEN %(is_scan)s THEN %(branch)s ELSE head_branch END,
        hashed_version = CASE WHEN %(is_scan)s AND NOT %(is_mixed)s THEN %(version)s::integer END
    WHERE project_key = %(project_key)s
), fulfilled AS (
    DELETE FROM onextree.update_requests
    WHERE project_key = %(project_key)s AND changed_at <= %(scanned_at)s
      AND %(is_scan)s AND %(is_whole)s
), reconciled AS (
    INSERT INTO onextree.update_requests AS r (project_key, reason, not_before)
    SELECT %(project_key)s, 'reconcile', now() + make_interval(secs => %(reconcile_after)s)
    WHERE NOT %(is_whole)s
    ON CONFLICT (project_key) DO UPDATE
    SET reason = excluded.reason, commit_id = NULL, branch = NULL, paths = ARRAY[]::text[],
        correlation_id = NULL, attempts = 0, requested_at = now(), changed_at = now(), not_before = excluded.not_before
    WHERE r.changed_at <= %(scanned_at)s
), announced AS (
    INSERT INTO onextree.pending_materialisations (project_key, version)
    VALUES (%(project_key)s, %(version)s)
), queued AS (
    -- A run that stores a version may be about to enrich it, too.
    INSERT INTO onextree.enrichment_queue (project_key, version, reason, not_before)
    VALUES (%(project_key)s, %(version)s, 'generated',
            now() + CASE WHEN %(run_id)s::text IS NULL THEN interval '0' ELSE interval '15 s' END)
    ON CONFLICT (project_key) DO UPDATE
    SET version = excluded.version, attempts = 0, not_before = excluded.not_before,
        reason = CASE WHEN enrichment_queue.is_forced THEN enrichment_queue.reason
                      ELSE excluded.reason END,
        queued_at = excluded.queued_at
)
INSERT INTO onextree.versions (
    project_key, project_id, version, project_root, tree_hash,
    total_files, total_directories, total_size_bytes, generation_time_ms,
    parent_snapshot_id, commit_id, branch, is_dirty, is_mixed, trigger_type,
    unreadable_files, skipped_files, paths_added, paths_modified, paths_removed,
    enrichment_data, enrichment_sources, expires_at, run_id, is_reconciled, git_tree
) VALUES (
    %(project_key)s, %(project_id)s, %(version)s, %(project_root)s, %(tree_hash)s,
    %(total_files)s, %(total_directories)s, %(total_size_bytes)s, %(generation_time_ms)s,
    %(parent_snapshot_id)s, %(commit_id)s, %(branch)s, %(is_dirty)s, %(is_mixed)s,
    %(trigger_type)s, %(unreadable_files)s, %(skipped_files)s,
    %(paths_added)s::text[], %(paths_modified)s::text[], %(paths_removed)s::text[],
    coalesce(%(enrichment_data)s::jsonb, (
        SELECT enrichment_data || CASE WHEN enrichment_data ? 'carried_from_version' THEN '{}'
                                  ELSE jsonb_build_object('carried_from_version', version) END
        FROM onextree.versions WHERE id = %(parent_snapshot_id)s
    )),
    coalesce(%(enrichment_sources)s::text[], (
        SELECT enrichment_sources FROM onextree.versions WHERE id = %(parent_snapshot_id)s
    )),
    now() + make_interval(days => %(retention_days)s), %(run_id)s, %(is_whole)s,
    %(git_tree)s
)
RETURNING id
