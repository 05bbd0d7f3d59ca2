-- The stored versions of a project from one to another: how many, and when.
SELECT min(version), max(version), min(created_at), max(created_at), count(*),
       coalesce(min(version) = (SELECT min(version) FROM onextree.versions
                                WHERE project_key = %(project_key)s), false)
FROM onextree.versions
WHERE project_key = %(project_key)s
  AND version >= coalesce(%(least)s::integer, 0)
  AND version <= coalesce(%(most)s::integer, 2147483647)
  AND created_at >= coalesce(%(since)s::timestamptz, '-infinity')
