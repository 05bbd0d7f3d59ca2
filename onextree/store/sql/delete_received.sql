-- Events that were taken longer ago than that, a batch.
WITH old AS (
    SELECT ctid FROM onextree.inbox
    WHERE received_at < now() - make_interval(days => %(days)s)
    LIMIT %(most)s
)
DELETE FROM onextree.inbox i USING old WHERE i.ctid = old.ctid
