-- Projects that were looked at. A row that a writer holds is left for the next time.
WITH free AS (
    SELECT p.project_key, a.accessed_at
    FROM onextree.projects p
    JOIN unnest(%(project_ids)s::text[], %(times)s::timestamptz[]) AS a (project_id, accessed_at)
        USING (project_id)
    WHERE coalesce(p.last_accessed_at, '-infinity') < a.accessed_at
    FOR UPDATE OF p SKIP LOCKED
)
UPDATE onextree.projects p SET last_accessed_at = free.accessed_at
FROM free WHERE p.project_key = free.project_key
