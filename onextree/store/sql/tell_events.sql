-- Events of one or many projects, in their order. The counter of a project is held until the
-- transaction ends, so that its events are numbered in the order in which they are committed.
WITH told AS MATERIALIZED (
    SELECT t.*, row_number() OVER (PARTITION BY project_id ORDER BY place DESC) - 1 AS behind
    FROM unnest(%(project_ids)b::text[], %(event_ids)b::uuid[], %(events)b::text[],
                %(correlation_ids)b::uuid[], %(bodies)b::text[])
        WITH ORDINALITY AS t (project_id, event_id, event, correlation_id, body, place)
), streams AS (
    INSERT INTO onextree.event_streams AS s (project_id, last_sequence)
    SELECT project_id, count(*) FROM told GROUP BY project_id ORDER BY project_id
    ON CONFLICT (project_id) DO UPDATE SET last_sequence = s.last_sequence + excluded.last_sequence
    RETURNING project_id, last_sequence
)
INSERT INTO onextree.outbox (project_id, sequence, event_id, event, correlation_id, body)
SELECT project_id, last_sequence - behind, event_id, event, correlation_id,
       jsonb_set(body::jsonb, '{metadata,sequence}', to_jsonb(last_sequence - behind))
FROM told JOIN streams USING (project_id)
ORDER BY place
