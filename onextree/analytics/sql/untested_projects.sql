-- Projects that have source, and no tests.
SELECT project_id, sum(files) FILTER (WHERE category = 'source')::bigint AS source_files
FROM public.onextree_languages
GROUP BY project_id
HAVING sum(files) FILTER (WHERE category = 'source') > 0
   AND sum(files) FILTER (WHERE category = 'test') IS NULL
ORDER BY project_id
