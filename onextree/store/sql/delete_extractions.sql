DELETE FROM onextree.extractions WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM onextree.extractions
    WHERE used_on < current_date - %(days)s::integer
    ORDER BY used_on LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
))
