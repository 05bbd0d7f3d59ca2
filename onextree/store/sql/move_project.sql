-- What the work tree there holds is known by nothing but a scan of all files.
UPDATE onextree.projects
SET project_root = %(project_root)s, hashed_version = NULL,
    credential = CASE WHEN %(keep_credential)s THEN credential END
WHERE project_key = %(project_key)s
