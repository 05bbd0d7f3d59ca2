SELECT key, answer::text FROM onextree.archon_answers
WHERE key = ANY(%(keys)s::text[]) AND answered_at > now() - make_interval(days => %(days)s)
