-- Events that are older than they are kept, a batch; what Kafka is still to be told of stays.
WITH old AS (
    SELECT o.ctid
    FROM onextree.outbox o JOIN onextree.event_streams s USING (project_id)
    WHERE o.created_at < now() - make_interval(days => %(days)s)
      AND (o.sequence <= s.published_sequence OR NOT %(is_published)s)
    LIMIT %(most)s
)
DELETE FROM onextree.outbox o USING old WHERE o.ctid = old.ctid
