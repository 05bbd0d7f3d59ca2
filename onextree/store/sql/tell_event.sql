-- One event, as `tell_events` does it for many, in less than half of its time.
WITH counted AS (
    INSERT INTO onextree.event_streams AS s (project_id, last_sequence)
    VALUES (%(project_id)s, 1)
    ON CONFLICT (project_id) DO UPDATE SET last_sequence = s.last_sequence + 1
    RETURNING last_sequence
)
INSERT INTO onextree.outbox (project_id, sequence, event_id, event, correlation_id, body)
SELECT %(project_id)s, last_sequence, %(event_id)s, %(event)s, %(correlation_id)s,
       jsonb_set(%(body)s::text::jsonb, '{metadata,sequence}', to_jsonb(last_sequence))
FROM counted
