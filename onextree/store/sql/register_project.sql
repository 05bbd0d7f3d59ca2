INSERT INTO onextree.projects (project_id, project_root)
VALUES (%(project_id)s, %(project_root)s)
ON CONFLICT (project_id) DO NOTHING
