SELECT c.digest, c.content_hash, c.form, c.uid, c.stamp_hash,
       c.used_on < current_date - 7 AS is_long_unused
FROM unnest(%(digests)b::bytea[]) AS w (digest)
JOIN onextree.stamp_contents c USING (digest)
WHERE c.reading_version = %(reading_version)s
