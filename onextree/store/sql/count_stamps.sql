SELECT count(*) FROM onextree.stamps
WHERE namespace = %(namespace)s
  AND (%(project_ids)s::text[] IS NULL OR project_key = ANY(ARRAY(
      SELECT project_key FROM onextree.projects WHERE project_id = ANY(%(project_ids)s))))
