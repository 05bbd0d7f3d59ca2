-- A message without a value is kept without one.
SELECT id, topic, partition, "offset", digest, size, key, code, reason,
       received_at, published_at, replayed_at, value IS NOT NULL OR size = 0 AS is_kept,
       CASE WHEN %(with_values)s THEN value END AS value
FROM onextree.dead_letters
WHERE (%(id)s::bigint IS NULL OR id = %(id)s) AND (%(with_replayed)s OR replayed_at IS NULL)
ORDER BY id DESC LIMIT %(most)s
