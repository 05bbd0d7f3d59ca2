"""How far a scan is, in the run's log."""

import time

import dagster as dg

from onextree.tree.progress import Progress, Report

__all__ = ["logged_progress"]

_SECONDS_BETWEEN = 5.0


def logged_progress(context: dg.AssetExecutionContext) -> Report:
    """A report that logs every stage, and a long one every few seconds."""
    told_stage, told_at = "", 0.0

    def report(progress: Progress) -> None:
        nonlocal told_stage, told_at
        now = time.monotonic()
        if progress.stage == told_stage and now - told_at < _SECONDS_BETWEEN:
            return
        told_stage, told_at = progress.stage, now
        read = (
            f": {progress.files:,} of {progress.total_files:,} files, {progress.bytes:,} bytes"
            if progress.total_files
            else ""
        )
        context.log.info(f"{progress.stage}{read}")

    return report
