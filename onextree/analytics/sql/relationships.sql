-- Which file uses which in a version, as the last analysis up to it has it.
SELECT source, target, kind, line, first_seen_version
FROM public.onextree_relationships
WHERE project_id = %(project_id)s AND first_seen_version <= %(version)s
  AND (gone_in_version IS NULL OR gone_in_version > %(version)s)
ORDER BY source, target
