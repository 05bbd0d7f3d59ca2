-- Stamps that are not there yet, in the order of their keys. A project that was removed meanwhile
-- keeps nobody from theirs; one that is there stays until the transaction ends.
WITH registered AS MATERIALIZED (
    SELECT project_key FROM onextree.projects
    WHERE project_key = ANY(%(project_keys)b::integer[])
    ORDER BY project_key FOR KEY SHARE
)
INSERT INTO onextree.stamps (
    id, namespace, content_hash, blake3, stamped_blake3, content_size, stamp_type, stamp,
    is_sidecar, file_path, project_key, snapshot_id, tree_version, commit_id, run_id,
    intelligence_level, intelligence, intelligence_data, metadata, op_id, workflow_id,
    correlation_id, event_id, version, protocol_version, metadata_version, created_at)
SELECT
    id, namespace, content_hash, blake3, stamped_blake3, content_size, stamp_type, stamp,
    is_sidecar, file_path, r.project_key, snapshot_id, tree_version, commit_id, run_id,
    intelligence_level, intelligence::jsonb, intelligence_data::jsonb, metadata::jsonb, op_id,
    workflow_id, correlation_id, event_id, version, protocol_version, metadata_version, created_at
FROM unnest(
    %(stamp_ids)b::uuid[], %(namespaces)b::text[], %(content_hashes)b::bytea[],
    %(blake3s)b::bytea[], %(stamped_blake3s)b::bytea[], %(content_sizes)b::bigint[],
    %(stamp_types)b::text[], %(stamps)b::text[], %(are_sidecars)b::boolean[],
    %(file_paths)b::text[], %(project_keys)b::integer[], %(snapshot_ids)b::uuid[],
    %(tree_versions)b::integer[], %(commit_ids)b::text[], %(run_ids)b::text[],
    %(intelligence_levels)b::text[], %(intelligences)b::text[], %(intelligence_datas)b::text[],
    %(metadatas)b::text[], %(op_ids)b::text[], %(workflow_ids)b::text[],
    %(correlation_ids)b::uuid[], %(event_ids)b::uuid[], %(versions)b::integer[],
    %(protocol_versions)b::text[], %(metadata_versions)b::text[], %(created_ats)b::timestamptz[]
) AS n (
    id, namespace, content_hash, blake3, stamped_blake3, content_size, stamp_type, stamp,
    is_sidecar, file_path, project_key, snapshot_id, tree_version, commit_id, run_id,
    intelligence_level, intelligence, intelligence_data, metadata, op_id, workflow_id,
    correlation_id, event_id, version, protocol_version, metadata_version, created_at)
LEFT JOIN registered r USING (project_key)
ORDER BY content_hash, namespace COLLATE "C"
ON CONFLICT (content_hash, namespace) DO NOTHING
RETURNING namespace, content_hash
