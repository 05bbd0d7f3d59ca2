-- How often paths, or the directories that they lie in, were changed by the stored versions.
SELECT CASE WHEN %(by_directory)s
            THEN CASE WHEN strpos(path, '/') > 0 THEN left(path, -strpos(reverse(path), '/')) ELSE '' END
            ELSE path END COLLATE "C" AS place,
       count(*) AS changes,
       count(*) FILTER (WHERE change = 'added') AS added,
       count(*) FILTER (WHERE change = 'modified') AS modified,
       count(*) FILTER (WHERE change = 'removed') AS removed,
       max(version) AS last_version, max(changed_at) AS last_changed
FROM public.onextree_changes
WHERE project_id = %(project_id)s
  AND changed_at >= coalesce(%(since)s::timestamptz, '-infinity')
GROUP BY place
ORDER BY changes DESC, place
LIMIT %(most)s
