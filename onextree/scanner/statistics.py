"""Figures of a tree in upstream's shape."""

from typing import Any

from onextree.scanner.loaded import LoadedTree

__all__ = ["statistics"]


def statistics(tree: LoadedTree) -> dict[str, Any]:
    """What upstream's query engine tells of its tree.

    Returns:
        ``{total_files, total_directories, file_type_distribution {extension: files},
        total_size_bytes, last_updated, index_sizes {exact_path_entries, extension_types,
        directories_indexed, unique_names}}``. Files without an extension are not among the types;
        paths, directories and names are counted with the root.
    """
    contents, summary = tree.contents, tree.summary
    index, directories = contents.index, contents.directories
    types = contents.described["statistics"]["file_type_distribution"]
    others = sum(name not in index.names for name in contents.directories_named)
    root = tree.root_name
    is_another = root not in contents.directories_named and root not in index.names
    return {
        "total_files": summary.total_files,
        "total_directories": summary.total_directories,
        "file_type_distribution": {extension: types[extension] for extension in types if extension},
        "total_size_bytes": summary.total_size_bytes,
        "last_updated": tree.generated_at.isoformat(),
        "index_sizes": {
            "exact_path_entries": len(directories) + summary.total_files,
            "extension_types": len(index.extensions),
            "directories_indexed": len(directories),
            "unique_names": len(index.names) + others + is_another,
        },
    }
