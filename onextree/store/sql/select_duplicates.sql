-- Contents that are there more than once in the newest trees, the most wasteful first.
SELECT blake3, count(*) AS copies, min(size_bytes) AS size_bytes,
       min(size_bytes) * (count(*) - 1) AS wasted_bytes,
       (array_agg(project_id ORDER BY project_id, path))[:%(shown)s] AS projects,
       (array_agg(path ORDER BY project_id, path))[:%(shown)s] AS paths
FROM public.onextree_files
WHERE size_bytes >= %(least_size)s AND kind IN ('file', 'executable') AND blake3 IS NOT NULL
  AND (%(project_id)s::text IS NULL OR project_id = %(project_id)s)
GROUP BY blake3
HAVING count(*) > 1
ORDER BY wasted_bytes DESC, blake3
LIMIT %(most)s
