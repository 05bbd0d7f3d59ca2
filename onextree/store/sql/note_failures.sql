-- The last failure of each project, where a run failed for it.
INSERT INTO onextree.project_failures (project_key, run_id, error_code, message)
SELECT p.project_key, %(run_id)s, f.error_code, f.message
FROM unnest(%(project_ids)s::text[], %(error_codes)s::text[], %(messages)s::text[])
     AS f (project_id, error_code, message)
JOIN onextree.projects p USING (project_id)
ORDER BY p.project_key
ON CONFLICT (project_key) DO UPDATE
SET run_id = excluded.run_id, error_code = excluded.error_code, message = excluded.message,
    failed_at = excluded.failed_at
