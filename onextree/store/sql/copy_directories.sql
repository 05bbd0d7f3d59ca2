COPY onextree.current_directories (project_key, parent, name, digest) FROM STDIN (FORMAT BINARY)
