-- The first nodes that a path query finds in the document of a version.
SELECT jsonb_path_query(tree_structure, %(path)s::jsonpath, %(names)s) - 'children'
FROM document_layout.onextree_snapshots
WHERE id = %(id)s
LIMIT %(limit)s
