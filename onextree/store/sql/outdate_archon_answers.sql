UPDATE onextree.archon_answers SET answered_at = now() - make_interval(days => %(days)s)
WHERE key IN (
    SELECT key FROM onextree.archon_answers
    WHERE key = ANY(%(keys)s::text[]) AND answered_at > now() - make_interval(days => %(days)s)
    ORDER BY key FOR UPDATE
)
