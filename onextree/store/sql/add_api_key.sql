-- Nothing is added where the name is taken.
WITH added AS (
    INSERT INTO onextree.api_keys (key_id, name, secret_hash, may_write, is_for_all_projects)
    VALUES (%(key_id)s, %(name)s, %(secret_hash)s, %(may_write)s, %(is_for_all_projects)s)
    ON CONFLICT DO NOTHING
    RETURNING key_id
)
INSERT INTO onextree.api_key_projects (key_id, project_key)
SELECT added.key_id, p.project_key
FROM added CROSS JOIN unnest(%(project_keys)s::integer[]) AS p (project_key)
ON CONFLICT DO NOTHING
