-- Projects with events that are not published, and that no other relay holds, are held; those come
-- first whose next event waits for longest.
WITH waiting AS (
    SELECT s.project_id, s.published_sequence
    FROM onextree.event_streams s
    CROSS JOIN LATERAL (
        SELECT created_at FROM onextree.outbox o
        WHERE o.project_id = s.project_id AND o.sequence > s.published_sequence
        ORDER BY o.sequence LIMIT 1
    ) AS next
    WHERE s.published_sequence < s.last_sequence
      AND (s.held_until IS NULL OR s.held_until < now())
    ORDER BY next.created_at, s.project_id LIMIT %(most)s
    FOR UPDATE OF s SKIP LOCKED
)
UPDATE onextree.event_streams s
SET holder = %(holder)s, held_until = now() + make_interval(secs => %(lease)s)
FROM waiting w WHERE s.project_id = w.project_id
RETURNING s.project_id, s.published_sequence
