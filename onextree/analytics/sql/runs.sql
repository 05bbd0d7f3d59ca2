-- What Dagster runs stored, in one project or in all.
SELECT s.run_id, s.project_id, s.version, s.created_at, s.commit_id,
       count(c.path) AS changed_files
FROM public.onextree_snapshots s
LEFT JOIN public.onextree_changes c USING (project_id, version, run_id)
WHERE s.run_id IS NOT NULL
  AND (%(project_id)s::text IS NULL OR s.project_id = %(project_id)s)
GROUP BY s.run_id, s.project_id, s.version, s.created_at, s.commit_id
ORDER BY s.project_id, s.version
