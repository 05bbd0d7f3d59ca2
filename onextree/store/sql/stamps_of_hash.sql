-- Stamps of a content hash; where there are none, of bytes that were stamped, or that carry the
-- stamp; where there are none, of the content that these bytes are known to have.
WITH named AS MATERIALIZED (
    SELECT id FROM onextree.stamps WHERE content_hash = %(digest)b
), written AS MATERIALIZED (
    SELECT id FROM onextree.stamps
    WHERE (blake3 = %(digest)b OR stamped_blake3 = %(digest)b) AND NOT EXISTS (SELECT FROM named)
), read AS MATERIALIZED (
    SELECT s.id FROM onextree.stamp_contents c JOIN onextree.stamps s USING (content_hash)
    WHERE c.digest = %(digest)b AND NOT EXISTS (SELECT FROM named)
      AND NOT EXISTS (SELECT FROM written)
)
SELECT s.id AS stamp_id, s.namespace, s.content_hash, s.blake3, s.stamped_blake3, s.content_size,
       s.stamp_type, s.stamp, s.is_sidecar, s.file_path, p.project_id, s.snapshot_id,
       s.tree_version, s.commit_id, s.run_id, s.intelligence_level, s.intelligence,
       s.intelligence_data, s.metadata, s.op_id, s.workflow_id, s.correlation_id, s.event_id,
       s.version, s.protocol_version, s.metadata_version, s.created_at
FROM onextree.stamps s
LEFT JOIN onextree.projects p USING (project_key)
WHERE s.id IN (SELECT id FROM named UNION ALL SELECT id FROM written UNION ALL SELECT id FROM read)
  AND (%(namespace)s::text IS NULL OR s.namespace = %(namespace)s)
ORDER BY s.created_at DESC, s.id
