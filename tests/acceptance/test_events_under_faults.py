"""What is promised of events holds while everything is killed and comes back, over and over."""

import os
import secrets
from pathlib import Path

import pytest

from tests.checker.campaign import Plan, Report, run_campaign

pytestmark = [pytest.mark.part("kafka"), pytest.mark.xdist_group("events-under-faults")]

SEED = os.environ.get("ONEXTREE_CHECKER_SEED", "") or secrets.token_hex(4)
SHORT = Plan(seconds=40, longest=300, deadline=300)
LONG = Plan(
    seconds=600, longest=900, deadline=600, projects=12, workers=3, keeps_on=True, has_dagster=True
)


def judge(report: Report) -> None:
    print(report.text())
    assert not report.violations, report.text()


@pytest.mark.timeout(1200)  # of a machine that is far too busy: it takes about 70
def test_events_are_told_once_in_order_and_of_what_is_stored(tmp_path: Path) -> None:
    judge(run_campaign(tmp_path, SHORT, SEED))


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_the_same_for_a_quarter_of_an_hour(tmp_path: Path) -> None:
    judge(run_campaign(tmp_path, LONG, SEED))
