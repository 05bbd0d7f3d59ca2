-- How many commits begin with these digits, of those that versions of a project were made at.
SELECT count(DISTINCT commit_id)
FROM onextree.versions
WHERE project_id = %(project_id)s AND starts_with(commit_id, %(commit)s)
