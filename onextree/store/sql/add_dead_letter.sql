INSERT INTO onextree.dead_letters
    (topic, partition, "offset", digest, size, key, value, code, reason)
VALUES (%(topic)s, %(partition)s, %(offset)s, %(digest)s, %(size)s, %(key)s, %(value)s, %(code)s,
        %(reason)s)
ON CONFLICT (topic, partition, "offset", digest) DO NOTHING
