-- Dead letters that are older than they are kept, a batch; what somebody has still to be told of
-- stays.
WITH old AS (
    SELECT ctid FROM onextree.dead_letters
    WHERE received_at < now() - make_interval(days => %(days)s)
      AND (published_at IS NOT NULL OR replayed_at IS NOT NULL OR NOT %(is_published)s)
    LIMIT %(most)s
)
DELETE FROM onextree.dead_letters d USING old WHERE d.ctid = old.ctid
