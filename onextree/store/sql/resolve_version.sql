-- A stored version by number, or the newest one up to a time or of a commit; the newest by default.
SELECT p.project_key, v.id, v.version,
       v.version = (SELECT max(version) FROM onextree.versions WHERE project_id = p.project_id),
       v.created_at
FROM onextree.projects p
JOIN onextree.versions v USING (project_id)
WHERE p.project_id = %(project_id)s
  AND (%(version)s::integer IS NULL OR v.version = %(version)s)
  AND (%(time)s::timestamptz IS NULL OR v.created_at <= %(time)s)
  AND (%(commit)s::text IS NULL OR starts_with(v.commit_id, %(commit)s))
ORDER BY v.version DESC LIMIT 1
