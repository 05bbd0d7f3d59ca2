-- Dagster was told.
DELETE FROM onextree.pending_materialisations
WHERE project_key = %(project_key)s AND version = ANY(%(versions)s)
