-- The newest events, or those after one, of some streams or all, in their order.
SELECT * FROM (
    SELECT o.id, o.project_id AS stream, o.sequence, o.event, o.correlation_id, o.created_at, o.body,
           o.sequence <= s.published_sequence AS is_published
    FROM onextree.outbox o JOIN onextree.event_streams s USING (project_id)
    WHERE (%(streams)s::text[] IS NULL OR o.project_id = ANY(%(streams)s::text[]))
      AND (%(after)s::bigint IS NULL OR o.id > %(after)s)
    ORDER BY o.id DESC LIMIT %(most)s
) AS newest
ORDER BY id
