-- The files of a version that can carry a stamp.
SELECT CASE WHEN dir = '' THEN name ELSE dir || '/' || name END, size, digest
FROM onextree.entries_at(%(project_key)s, %(version)s)
WHERE kind IN ('f', 'x')
