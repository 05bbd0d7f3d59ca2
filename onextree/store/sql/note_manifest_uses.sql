-- Contents that a manifest has had until now, of some paths or all: nobody needs to have asked for
-- them in the meantime.
UPDATE onextree.stamp_contents c SET used_on = current_date
FROM (
    SELECT c.digest
    FROM onextree.stamp_manifest m JOIN onextree.stamp_contents c USING (digest)
    WHERE m.project_key = %(project_key)s
      AND (%(path_keys)b::bytea[] IS NULL OR m.path_key = ANY(%(path_keys)b::bytea[]))
      AND c.used_on < current_date
    FOR UPDATE OF c SKIP LOCKED
) AS u
WHERE c.digest = u.digest
