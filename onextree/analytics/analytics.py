"""All frames in one place."""

from onextree.analytics.change_frames import ChangeFrames
from onextree.analytics.code_frames import CodeFrames
from onextree.analytics.file_frames import FileFrames
from onextree.analytics.growth_frames import GrowthFrames
from onextree.analytics.project_frames import ProjectFrames
from onextree.analytics.stamp_frames import StampFrames

__all__ = ["Analytics"]


class Analytics(ProjectFrames, FileFrames, ChangeFrames, GrowthFrames, CodeFrames, StampFrames):
    """Every question, on one installation; see `onextree.analytics.base.Frames` for its arguments.

    ``frame.attrs["period"]`` of an answer about several versions tells which these are, as
    `onextree.store.periods.Period.as_dict` does, with times as ISO 8601 text.

    Beside what a method says, each raises DatabaseUnavailable where the database cannot be reached,
    and DeadlineExceeded where a statement takes longer than `ONEXTREE_READ_TIMEOUT`.
    """
