-- What was acknowledged stays so, whoever holds the project now; only the holder lets it go.
UPDATE onextree.event_streams s
SET published_sequence = greatest(s.published_sequence, c.published),
    failure = c.failure,
    holder = CASE WHEN s.holder = %(holder)s THEN NULL ELSE s.holder END,
    held_until = CASE WHEN s.holder = %(holder)s THEN NULL ELSE s.held_until END
FROM (
    SELECT * FROM unnest(%(project_ids)s::text[], %(published)s::bigint[], %(failures)s::text[])
        AS c (project_id, published, failure)
    ORDER BY project_id
) AS c
WHERE s.project_id = c.project_id
