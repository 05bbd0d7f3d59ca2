-- The triggers of the table see to the rows that these versions alone had.
DELETE FROM onextree.versions
WHERE project_key = %(project_key)s AND version = ANY(%(versions)s)
RETURNING version
