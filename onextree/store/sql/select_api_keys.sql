-- Null for the projects of a key that is for all.
SELECT k.key_id, k.name, k.secret_hash, k.may_write,
       CASE WHEN NOT k.is_for_all_projects THEN ARRAY(
           SELECT p.project_id
           FROM onextree.api_key_projects kp JOIN onextree.projects p USING (project_key)
           WHERE kp.key_id = k.key_id
           ORDER BY p.project_id
       ) END AS projects,
       k.created_at, k.last_used_at, k.revoked_at
FROM onextree.api_keys k
WHERE (%(name)s::text IS NULL OR k.name = %(name)s)
  AND (%(with_revoked)s OR k.revoked_at IS NULL)
ORDER BY k.name
