-- Events that are not published, and how long the oldest of them waits, in seconds.
SELECT coalesce(sum(s.last_sequence - s.published_sequence), 0)::bigint AS waiting,
       coalesce(extract(epoch FROM clock_timestamp() - min(next.created_at)), 0)::float8 AS age,
       count(*) FILTER (WHERE s.failure IS NOT NULL) AS failing,
       min(s.failure) AS failure
FROM onextree.event_streams s
CROSS JOIN LATERAL (
    SELECT created_at FROM onextree.outbox o
    WHERE o.project_id = s.project_id AND o.sequence > s.published_sequence
    ORDER BY o.sequence LIMIT 1
) AS next
WHERE s.published_sequence < s.last_sequence
