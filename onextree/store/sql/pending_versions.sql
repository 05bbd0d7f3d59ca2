-- A project's versions that Dagster was not told of, in their order; none is deleted meanwhile.
SELECT version
FROM onextree.pending_materialisations
WHERE project_key = %(project_key)s
ORDER BY version LIMIT %(most)s
FOR UPDATE
