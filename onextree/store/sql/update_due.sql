-- When what is asked for of a project may be taken: in how many seconds, whether somebody has it, why.
SELECT extract(epoch FROM r.not_before - clock_timestamp())::float8, r.attempts > 0, r.reason
FROM onextree.update_requests r JOIN onextree.projects p USING (project_key)
WHERE p.project_id = %(project_id)s AND p.removed_at IS NULL
