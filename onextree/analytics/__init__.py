"""The questions of docs/analytics.md, answered as pandas DataFrames.

    with open_analytics() as analytics:
        frame = analytics.churn("webshop", days=30)

Columns have the names of the public views, and the dtypes of `onextree.analytics.schemas`, also
where a frame is empty.
"""

from onextree.analytics.analytics import Analytics
from onextree.analytics.opening import open_analytics

__all__ = ["Analytics", "open_analytics"]
