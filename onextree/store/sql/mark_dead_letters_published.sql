UPDATE onextree.dead_letters SET published_at = now()
WHERE id = ANY(%(ids)s) AND published_at IS NULL
