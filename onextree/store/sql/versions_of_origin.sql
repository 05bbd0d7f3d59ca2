-- Stored versions of any project that a Dagster run made, or that were scanned at a commit.
SELECT v.project_key, v.project_id, v.version
FROM onextree.versions v
WHERE (%(run_id)s::text IS NULL OR v.run_id = %(run_id)s)
  AND (%(commit)s::text IS NULL OR starts_with(v.commit_id, %(commit)s))
  AND (%(project_id)s::text IS NULL OR v.project_id = %(project_id)s)
ORDER BY v.project_id, v.version
LIMIT %(most)s
