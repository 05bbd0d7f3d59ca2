SELECT id, version, rules, code_files, unread_files, relationships, findings
FROM onextree.analyses
WHERE project_key = %(project_key)s
ORDER BY version DESC LIMIT 1
