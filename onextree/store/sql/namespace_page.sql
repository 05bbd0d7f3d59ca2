SELECT s.id AS stamp_id, s.namespace, s.content_hash, s.blake3, s.stamped_blake3, s.content_size,
       s.stamp_type, s.stamp, s.is_sidecar, s.file_path, p.project_id, s.snapshot_id,
       s.tree_version, s.commit_id, s.run_id, s.intelligence_level, s.intelligence,
       s.intelligence_data, s.metadata, s.op_id, s.workflow_id, s.correlation_id, s.event_id,
       s.version, s.protocol_version, s.metadata_version, s.created_at
FROM onextree.stamps s
LEFT JOIN onextree.projects p USING (project_key)
WHERE s.namespace = %(namespace)s
  AND (%(project_ids)s::text[] IS NULL OR s.project_key = ANY(ARRAY(
      SELECT project_key FROM onextree.projects WHERE project_id = ANY(%(project_ids)s))))
ORDER BY s.created_at DESC, s.id
LIMIT %(limit)s OFFSET %(offset)s
