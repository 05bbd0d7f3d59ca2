-- Stamps of contents with what they come from, of one project or namespace or of all.
SELECT stamp_id::text, namespace, content_hash, project_id, file_path, stamp_type, is_sidecar,
       intelligence_level, tree_version, commit_id, run_id, snapshot_id::text, op_id, workflow_id,
       event_id::text, is_event_published, created_at
FROM public.onextree_stamps
WHERE (%(project_id)s::text IS NULL OR project_id = %(project_id)s)
  AND (%(namespace)s::text IS NULL OR namespace = %(namespace)s)
ORDER BY created_at DESC, stamp_id
