"""How big a tree may be."""

from dataclasses import dataclass

from onextree.errors import TreeTooLarge

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one tree; beyond them a scan fails before it has read everything.

    Attributes:
        max_files: Entries.
        max_bytes: Sum of the sizes of what is read.
    """

    max_files: int = 2_000_000
    max_bytes: int = 100 * 2**30

    def check_files(self, files: int) -> None:
        """Raise `TreeTooLarge` for more files than allowed."""
        if files > self.max_files:
            raise TreeTooLarge(
                f"The project has {files:,} files, more than the {self.max_files:,} allowed; "
                "ignore what does not belong to it, or raise ONEXTREE_MAX_FILES.",
                files=files,
                max_files=self.max_files,
            )

    def too_many_bytes(self, path: str, files: int) -> TreeTooLarge:
        """The error for the file at which the sum went beyond the limit."""
        return TreeTooLarge(
            f"The project has more than the {self.max_bytes:,} bytes allowed, with {path!r} among "
            f"its {files:,} files; ignore what does not belong to it, or raise ONEXTREE_MAX_BYTES.",
            path=path,
            files=files,
            max_bytes=self.max_bytes,
        )
