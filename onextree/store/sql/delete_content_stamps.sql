DELETE FROM onextree.stamp_contents WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM onextree.stamp_contents c
    WHERE used_on < current_date - %(days)s::integer
      AND NOT EXISTS (SELECT FROM onextree.stamp_manifest m WHERE m.digest = c.digest)
    ORDER BY used_on LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
))
