-- The node that a path query leads to, in the document of a version.
SELECT jsonb_path_query_first(tree_structure, %(path)s::jsonpath, %(names)s) - 'children'
FROM document_layout.onextree_snapshots
WHERE id = %(id)s
