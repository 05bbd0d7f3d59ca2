-- What the newest versions are written in, the most bytes first.
SELECT language, count(DISTINCT project_id) AS projects, sum(files)::bigint AS files,
       sum(size_bytes)::bigint AS size_bytes
FROM public.onextree_languages
WHERE category IN ('source', 'test') AND language IS NOT NULL
  AND (%(project_id)s::text IS NULL OR project_id = %(project_id)s)
GROUP BY language
ORDER BY size_bytes DESC, language COLLATE "C"
