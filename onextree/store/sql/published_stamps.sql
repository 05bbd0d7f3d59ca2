-- Whether Kafka has acknowledged events of stamps; those that are not kept any more are left out.
SELECT o.event_id, o.sequence <= s.published_sequence
FROM onextree.outbox o JOIN onextree.event_streams s USING (project_id)
WHERE o.event = 'stamp_created' AND o.event_id = ANY(%(event_ids)s)
