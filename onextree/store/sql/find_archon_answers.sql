SELECT key, answer::text, answered_at > now() - make_interval(days => %(days)s) AS holds
FROM onextree.archon_answers
WHERE key = ANY(%(keys)s::text[])
