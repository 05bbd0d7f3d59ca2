-- What the versions behind one and up to another say that they changed; null where one of those in
-- between was deleted, since then the others do not tell all.
WITH between_them AS (
    SELECT version, paths_added || paths_modified || paths_removed AS paths,
           parent_snapshot_id IS NOT DISTINCT FROM lag(id) OVER (ORDER BY version) AS is_next
    FROM onextree.versions
    WHERE project_key = %(project_key)s AND version BETWEEN %(least)s AND %(most)s
), told AS (
    SELECT bool_and(is_next) AS is_whole, sum(cardinality(paths)) AS number
    FROM between_them WHERE version > %(least)s
)
SELECT CASE WHEN is_whole AND number <= %(limit)s THEN ARRAY(
    SELECT DISTINCT unnest(paths) FROM between_them WHERE version > %(least)s
) END
FROM told
