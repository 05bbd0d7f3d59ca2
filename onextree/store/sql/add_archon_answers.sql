INSERT INTO onextree.archon_answers (key, answer)
SELECT key, answer::jsonb
FROM unnest(%(keys)s::text[], %(answers)s::text[]) AS n (key, answer) ORDER BY key
ON CONFLICT (key) DO UPDATE SET answer = excluded.answer, answered_at = now()
