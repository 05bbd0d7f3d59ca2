UPDATE onextree.stamp_contents c SET used_on = current_date
FROM (
    SELECT c.digest FROM unnest(%(digests)b::bytea[]) AS u (digest)
    JOIN onextree.stamp_contents c USING (digest)
    FOR UPDATE OF c SKIP LOCKED
) AS u
WHERE c.digest = u.digest
