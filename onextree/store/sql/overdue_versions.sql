-- Versions that retention should have deleted a while ago, by registered project.
SELECT project_id, count(*)
FROM (
    SELECT v.project_id, v.version, v.is_pinned, v.expires_at, v.created_at,
           row_number() OVER (PARTITION BY v.project_key ORDER BY v.version DESC) AS rank,
           row_number() OVER (
               PARTITION BY v.project_key, (v.created_at AT TIME ZONE 'UTC')::date
               ORDER BY v.version DESC
           ) AS rank_of_day
    FROM onextree.versions v JOIN onextree.projects p USING (project_key)
    WHERE p.removed_at IS NULL
      AND v.created_at < now() - make_interval(secs => %(grace)s)
) AS ranked
WHERE rank > 1 AND NOT is_pinned
  AND (rank > %(keep_versions)s OR expires_at < now() - make_interval(secs => %(grace)s))
  AND NOT (rank_of_day = 1 AND created_at > now() - make_interval(days => %(keep_daily)s))
GROUP BY project_id
ORDER BY project_id
