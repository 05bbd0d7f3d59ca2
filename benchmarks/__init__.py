"""How fast OnexTree is, each figure beside a peer measured in the same run."""
