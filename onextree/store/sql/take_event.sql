INSERT INTO onextree.inbox
    (event_id, event, project_id, correlation_id, topic, partition, "offset")
VALUES (%(event_id)s, %(event)s, %(project_id)s, %(correlation_id)s, %(topic)s, %(partition)s,
        %(offset)s)
ON CONFLICT (event_id) DO NOTHING
