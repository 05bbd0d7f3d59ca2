-- What all of the store looks like now, in one row; ages are in seconds.
WITH registered AS (
    SELECT p.project_key, extract(epoch FROM clock_timestamp() - p.verified_at)::float8 AS age,
           f.project_key IS NOT NULL AS has_failed
    FROM onextree.projects p
    LEFT JOIN onextree.project_failures f
        ON f.project_key = p.project_key AND f.failed_at > coalesce(p.verified_at, '-infinity')
    WHERE p.removed_at IS NULL
), updates AS (
    SELECT r.attempts >= %(max_attempts)s AS is_given_up,
           extract(epoch FROM clock_timestamp() - r.requested_at)::float8 AS age
    FROM onextree.update_requests r JOIN registered USING (project_key)
), enrichments AS (
    SELECT q.attempts >= %(max_attempts)s AS is_given_up, q.reason = 'archon' AS is_partial,
           extract(epoch FROM clock_timestamp() - q.queued_at)::float8 AS age
    FROM onextree.enrichment_queue q JOIN registered USING (project_key)
)
SELECT p.*, v.versions, u.updates_waiting, u.updates_given_up, u.update_age,
       e.enrichments_waiting, e.enrichments_given_up, e.enrichments_partial, e.enrichment_age,
       pg_database_size(current_database()) AS size_bytes
FROM (
    SELECT count(*) AS projects, count(*) FILTER (WHERE has_failed) AS projects_failed,
           coalesce(array_agg(age) FILTER (WHERE age IS NOT NULL), '{}') AS project_ages
    FROM registered
) AS p, (
    SELECT count(*) AS versions FROM onextree.versions
) AS v, (
    SELECT count(*) FILTER (WHERE NOT is_given_up) AS updates_waiting,
           count(*) FILTER (WHERE is_given_up) AS updates_given_up,
           coalesce(max(age) FILTER (WHERE NOT is_given_up), 0) AS update_age
    FROM updates
) AS u, (
    SELECT count(*) FILTER (WHERE NOT is_given_up AND NOT is_partial) AS enrichments_waiting,
           count(*) FILTER (WHERE is_given_up) AS enrichments_given_up,
           count(*) FILTER (WHERE NOT is_given_up AND is_partial) AS enrichments_partial,
           coalesce(max(age) FILTER (WHERE NOT is_given_up AND NOT is_partial), 0) AS enrichment_age
    FROM enrichments
) AS e
