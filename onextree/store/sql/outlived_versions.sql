-- What retention lets go, the oldest first: never the newest or a pinned version, nor the last one
-- of a day that is kept.
SELECT version
FROM (
    SELECT version, is_pinned, created_at, expires_at,
           row_number() OVER (ORDER BY version DESC) AS rank,
           row_number() OVER (
               PARTITION BY (created_at AT TIME ZONE 'UTC')::date ORDER BY version DESC
           ) AS rank_of_day
    FROM onextree.versions
    WHERE project_key = %(project_key)s
) AS ranked
WHERE rank > 1 AND NOT is_pinned
  AND (rank > %(keep_versions)s OR expires_at < now())
  AND NOT (rank_of_day = 1 AND created_at > now() - make_interval(days => %(keep_daily)s))
ORDER BY version
LIMIT %(most)s
