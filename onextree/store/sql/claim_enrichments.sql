-- What is due is taken: unless it is finished by then, it comes up again when the lease is over.
WITH due AS (
    SELECT q.project_key
    FROM onextree.enrichment_queue q JOIN onextree.projects p USING (project_key)
    WHERE q.not_before <= now() AND q.attempts < %(max_attempts)s AND p.removed_at IS NULL
      AND (%(project_ids)s::text[] IS NULL OR p.project_id = ANY(%(project_ids)s))
    ORDER BY q.not_before, q.project_key LIMIT %(most)s
    FOR UPDATE OF q SKIP LOCKED
)
UPDATE onextree.enrichment_queue q
SET attempts = attempts + 1, not_before = now() + make_interval(secs => %(lease)s)
FROM due, onextree.projects p
WHERE q.project_key = due.project_key AND p.project_key = q.project_key
RETURNING p.project_id, q.version, q.reason, q.is_forced, q.attempts, q.queued_at
