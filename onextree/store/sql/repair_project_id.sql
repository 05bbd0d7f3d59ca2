UPDATE onextree.versions v SET project_id = p.project_id
FROM onextree.projects p
WHERE v.project_key = %(project_key)s AND p.project_key = v.project_key
  AND v.project_id <> p.project_id
