SELECT c.project_id, o.sequence, o.event, o.body
FROM unnest(%(project_ids)s::text[], %(published)s::bigint[]) AS c (project_id, published)
CROSS JOIN LATERAL (
    SELECT sequence, event, body FROM onextree.outbox
    WHERE project_id = c.project_id AND sequence > c.published
    ORDER BY sequence LIMIT %(most)s
) AS o
ORDER BY c.project_id, o.sequence
