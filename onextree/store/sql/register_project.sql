-- One that was removed with its history kept is taken up again.
INSERT INTO onextree.projects AS p (project_id, project_root)
VALUES (%(project_id)s, %(project_root)s)
ON CONFLICT (project_id) DO UPDATE SET removed_at = NULL
WHERE p.removed_at IS NOT NULL AND p.project_root = excluded.project_root
