DELETE FROM onextree.archon_answers WHERE key = ANY(ARRAY(
    SELECT key FROM onextree.archon_answers
    WHERE answered_at < now() - make_interval(days => %(days)s)
    ORDER BY answered_at LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
))
