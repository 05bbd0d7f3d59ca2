SELECT id, topic, partition, "offset", digest, size, key, code, reason,
       received_at, published_at, replayed_at, value IS NOT NULL OR size = 0 AS is_kept, value
FROM onextree.dead_letters
WHERE published_at IS NULL AND replayed_at IS NULL
ORDER BY id LIMIT %(most)s
