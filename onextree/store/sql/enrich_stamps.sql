-- What a tree knows of contents of which no tree knew anything when they were stamped.
WITH registered AS MATERIALIZED (
    SELECT project_key FROM onextree.projects
    WHERE project_key = ANY(%(project_keys)b::integer[])
    ORDER BY project_key FOR KEY SHARE
), better AS MATERIALIZED (
    SELECT s.id, r.project_key, n.file_path, n.snapshot_id, n.tree_version, n.commit_id, n.run_id,
           n.intelligence_level, n.intelligence
    FROM unnest(
        %(namespaces)b::text[], %(content_hashes)b::bytea[], %(project_keys)b::integer[],
        %(file_paths)b::text[], %(snapshot_ids)b::uuid[], %(tree_versions)b::integer[],
        %(commit_ids)b::text[], %(run_ids)b::text[], %(intelligence_levels)b::text[],
        %(intelligences)b::text[]
    ) AS n (namespace, content_hash, project_key, file_path, snapshot_id, tree_version, commit_id,
            run_id, intelligence_level, intelligence)
    JOIN onextree.stamps s USING (content_hash, namespace)
    JOIN registered r ON r.project_key = n.project_key
    WHERE s.intelligence_level = 'basic'
    ORDER BY s.content_hash, s.namespace
    FOR UPDATE OF s
)
UPDATE onextree.stamps s
SET project_key = b.project_key, file_path = b.file_path, snapshot_id = b.snapshot_id,
    tree_version = b.tree_version, commit_id = b.commit_id, run_id = b.run_id,
    intelligence_level = b.intelligence_level, intelligence = b.intelligence::jsonb
FROM better b WHERE s.id = b.id
