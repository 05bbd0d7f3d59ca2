COPY onextree.relationships (project_key, v_from, line, kind, source, target) FROM STDIN
