"""Archon down, hanging, lying or half gone: versions are enriched by what is left, say so, and are
completed by themselves."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from onextree.errors import ProjectNotFound
from onextree.intelligence.payload import EnrichmentPayload
from onextree.service import Enrichment, OnexTreeService
from onextree.service.draining import WorkedOff
from onextree.settings import Settings
from onextree.store.database import Database
from tests.archon.asking import LONG, SHORT
from tests.archon.enriching import Enriching, Queued, write_code
from tests.archon.hostile import WAYS
from tests.archon.running import RunningArchon, RunningArchons
from tests.events import kinds, metadata, since, told
from tests.proxy import Mode, Proxy
from tests.repositories import Repository

pytestmark = pytest.mark.xdist_group("archon_enrichment")

SEARCHES = ["perform_rag_query", "search_code_examples"]
ASSESSMENT = "assess_code_quality"


@pytest.fixture
def shop(
    service: OnexTreeService, settings: Settings, database: Database, repository: Repository
) -> Enriching:
    """The project, with a first version that is not enriched."""
    write_code(repository)
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return Enriching(settings, database, repository)


def payload(service: OnexTreeService) -> EnrichmentPayload:
    """What is stored with the newest version, as the specification has it."""
    return EnrichmentPayload.model_validate(service.enrichment("shop"))


def url(proxy: Proxy) -> str:
    return f"{proxy.url}/mcp"


def test_without_archon_the_code_tells_all(shop: Enriching) -> None:
    service = shop.at()
    before = told(shop.database)
    enriched = service.enrich("shop")
    stored = payload(service)
    assert (stored.sources, stored.archon, stored.partial_enrichment) == (["local"], None, False)
    assert not enriched.is_partial
    assert shop.queued() == []
    started, completed = since(shop.database, before)
    assert started.body["intelligence_sources"] == ["local"]
    assert completed.body["intelligence_sources"] == ["local"]
    assert "partial" not in metadata(completed)


def test_what_archon_says_is_in_the_payload_and_asked_once(
    shop: Enriching, archon: RunningArchon
) -> None:
    service = shop.at(archon.url)
    before = told(shop.database)
    service.enrich("shop")
    stored = payload(service)
    assert stored.sources == ["archon", "local"]
    assert service.show("shop").enrichment_sources == ["archon", "local"]
    assert stored.archon is not None
    assert (stored.archon.status, stored.archon.generation) == ("complete", "omniarchon")
    assert stored.archon.asked == stored.archon.answered
    named = [found.name for found in stored.architectural_patterns if found.source == "archon"]
    assert named == ["Repository Pattern", "Service Layer"]
    assert stored.quality_insights.archon is not None
    assert stored.quality_insights.archon.anti_patterns == ["god_object"]
    assert stored.file_relationships["shop/orders.py"].imports == ["shop/stock.py"]
    assert shop.queued() == []
    events = since(shop.database, before)
    assert [each.body["intelligence_sources"] for each in events] == [["archon", "local"]] * 2
    assert set(archon.heard()) == {*SEARCHES, ASSESSMENT}

    assert shop.at(archon.url).enrich("shop").data["archon"]["status"] == "complete"
    assert archon.heard() == []
    shop.root.write("shop/orders.py", "from shop import stock\n\n\ndef place(): ...\n")
    service.generate("shop")
    assert service.enrich("shop").data["archon"]["status"] == "complete"
    assert archon.heard() == [ASSESSMENT]


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (Mode.REFUSE, "ARCHON_UNAVAILABLE"),
        (Mode.RESET, "ARCHON_UNAVAILABLE"),
        (Mode.HANG, "TIMEOUT"),
    ],
)
def test_while_archon_is_away_a_version_is_enriched_by_the_code_and_completed_later(
    shop: Enriching, archon: RunningArchon, archon_proxy: Proxy, mode: Mode, code: str
) -> None:
    archon_proxy.switch(mode)
    before = told(shop.database)
    timeout = SHORT if code == "TIMEOUT" else LONG
    enriched = shop.at(url(archon_proxy), timeout=timeout).enrich("shop")
    assert enriched.is_partial
    service = shop.at(url(archon_proxy))
    stored = payload(service)
    assert stored.sources == ["local"]
    assert stored.partial_enrichment
    assert (stored.error_code, stored.fallback) == (code, "use_basic_enrichment")
    assert stored.archon is not None
    assert (stored.archon.status, stored.archon.answered) == ("unavailable", 0)
    assert stored.file_relationships["shop/orders.py"].imports == ["shop/stock.py"]
    assert shop.queued() == [Queued(1, "archon", is_forced=False, wait=60)]
    started, completed = since(shop.database, before)
    assert started.body["intelligence_sources"] == ["archon", "local"]
    assert completed.body["intelligence_sources"] == ["local"]
    assert metadata(completed)["partial"] is True

    assert service.work_off() == WorkedOff(0, 0, 0)  # it is not due yet
    archon_proxy.switch(Mode.PASS)
    shop.make_due()
    assert service.work_off() == WorkedOff(0, 1, 0)
    stored = payload(service)
    assert (stored.sources, stored.partial_enrichment) == (["archon", "local"], False)
    assert shop.queued() == []
    assert stored.archon is not None
    assert len(archon.heard()) == stored.archon.asked
    assert kinds(since(shop.database, before)) == ["enrichment_started", "enrichment_completed"] * 2


def test_the_longer_archon_is_away_the_rarer_it_is_asked_and_nothing_is_parsed_again(
    shop: Enriching, archon_proxy: Proxy
) -> None:
    archon_proxy.switch(Mode.REFUSE)
    service, waits = shop.at(url(archon_proxy)), []
    for _ in range(5):
        enriched = service.enrich("shop")
        waits.append(shop.queued()[0].wait)
    assert waits == [60, 120, 240, 480, 960]
    assert enriched.data["error_code"] == "CIRCUIT_BREAKER_OPEN"
    assert enriched.analysed is not None
    assert enriched.analysed.analysis.extracted == 0
    elsewhere = shop.at(url(archon_proxy), home=shop.settings.home / "elsewhere").enrich("shop")
    assert elsewhere.analysed is not None
    assert elsewhere.analysed.analysis.extracted == 0


@pytest.mark.parametrize(
    ("way", "answers"), [("only_searches", SEARCHES[:1]), ("only_assesses", [ASSESSMENT])]
)
def test_while_half_of_it_hangs_the_other_half_is_kept_and_asked_no_more(
    shop: Enriching, archon: RunningArchon, archons: RunningArchons, way: str, answers: list[str]
) -> None:
    hostile = archons["hostile"].hostile(way)
    enriched = shop.at(hostile, timeout=2.0).enrich("shop")
    part = enriched.data["archon"]
    assert (part["status"], enriched.data["error_code"]) == ("partial", "TIMEOUT")
    assert 0 < part["answered"] < part["asked"]
    assert enriched.data["sources"] == ["archon", "local"]
    assert shop.queued() == [Queued(1, "archon", is_forced=False, wait=60)]
    shop.make_due()
    service = shop.at(archon.url)
    assert service.work_off() == WorkedOff(0, 1, 0)
    assert payload(service).archon is not None
    assert not payload(service).partial_enrichment
    assert set(archon.heard()).isdisjoint(answers)
    assert shop.queued() == []


def test_where_one_interface_is_away_the_other_one_answers(
    shop: Enriching, archon: RunningArchon, archons: RunningArchons, archon_proxy: Proxy
) -> None:
    archon_proxy.switch(Mode.REFUSE)
    part = shop.at(archon.url, http_url=archon_proxy.url).enrich("shop").data["archon"]
    assert (part["status"], part["reason"]) == ("partial", "ARCHON_UNAVAILABLE")
    assert set(archon.heard()) == set(SEARCHES)
    assessor = archons["http"]
    part = shop.at(archon.url, http_url=assessor.base_url).enrich("shop").data["archon"]
    assert part["status"] == "complete"
    assert archon.heard() == []
    assert set(assessor.heard()) == {"POST /assess/code"}


ENDLESS = {"hang", "half", "drip", "silent", "others", "endless_tools"}


def test_whatever_an_archon_says_the_version_is_enriched_and_what_is_stored_is_bounded(
    shop: Enriching, archons: RunningArchons
) -> None:
    hostile = archons["hostile"]
    statuses = {}
    for way in sorted(WAYS.keys() - {"only_searches", "only_assesses"}):
        shop.forget_archon()
        timeout = SHORT if way in ENDLESS else LONG
        service = shop.at(hostile.hostile(way), timeout=timeout)
        enriched = service.enrich("shop")
        stored = payload(service)
        assert stored.archon is not None
        statuses[way] = stored.archon.status
        assert service.show("shop").enrichment_data == enriched.data
        assert (
            stored.partial_enrichment == (stored.archon.status != "complete") == bool(shop.queued())
        )
        check_is_harmless(enriched)
    complete = {way for way, status in statuses.items() if status == "complete"}
    assert complete == {"types", "unstorable", "regex", "moves"}
    partial = {way for way, status in statuses.items() if status == "partial"}
    assert partial == {"half", "one_huge", "forgetful", "instructs"}


def check_is_harmless(enriched: Enrichment) -> None:
    text = json.dumps(enriched.data, ensure_ascii=False)
    assert len(text) < 100_000
    assert text.isprintable()
    assert "\\u" not in text
    assert all(len(each) <= 2_000 for each in texts(enriched.data))


def texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from texts(value)
    elif isinstance(data, list):
        for each in data:
            yield from texts(each)


def test_all_processes_stop_asking_once_it_has_failed_and_find_out_when_it_is_back(
    shop: Enriching, archon: RunningArchon, archon_proxy: Proxy
) -> None:
    archon_proxy.switch(Mode.REFUSE)
    for _ in range(3):
        shop.at(url(archon_proxy)).enrich("shop")
    archon_proxy.switch(Mode.PASS)
    other = Database(
        str(shop.settings.database_url and shop.settings.database_url.get_secret_value())
    )
    try:
        service = Enriching(shop.settings, other, shop.root).at(url(archon_proxy))
        enriched = service.enrich("shop")
        assert enriched.data["error_code"] == "CIRCUIT_BREAKER_OPEN"
        assert (archon_proxy.accepted, archon.heard()) == (0, [])
        assert shop.queued()[0].reason == "archon"
        shop.let_a_probe_in()
        shop.make_due()
        assert service.work_off() == WorkedOff(0, 1, 0)
        assert payload(service).sources == ["archon", "local"]
    finally:
        other.close()


def test_a_newer_version_takes_the_place_of_one_that_waits(
    shop: Enriching, archon: RunningArchon, archon_proxy: Proxy
) -> None:
    archon_proxy.switch(Mode.REFUSE)
    service = shop.at(url(archon_proxy))
    service.enrich("shop")
    shop.root.write("shop/prices.py", "PRICE = 1\n")
    service.generate("shop")
    assert shop.queued() == [Queued(2, "generated", is_forced=False, wait=0)]
    service.enrich("shop", 1)
    assert shop.queued() == [Queued(2, "generated", is_forced=False, wait=0)]
    assert service.work_off() == WorkedOff(0, 1, 0)
    assert [each[:2] for each in shop.queued()] == [(2, "archon")]
    archon_proxy.switch(Mode.PASS)
    shop.let_a_probe_in()
    shop.make_due()
    service.work_off()
    assert service.show("shop", 2).enrichment_sources == ["archon", "local"]
    assert service.show("shop", 1).enrichment_sources == ["local"]
    assert shop.queued() == []


def test_who_wants_fresh_intelligence_has_all_asked_anew(
    shop: Enriching, archon: RunningArchon
) -> None:
    service = shop.at(archon.url)
    service.enrich("shop")
    first = sorted(archon.heard())
    service.request_enrichment("shop")
    service.enrich("shop")
    assert archon.heard() == []
    assert shop.queued() == [Queued(1, "requested", is_forced=True, wait=0)]
    assert service.work_off() == WorkedOff(0, 1, 0)
    assert sorted(archon.heard()) == first
    assert shop.queued() == []
    service.enrich("shop")
    assert archon.heard() == []


def test_while_nothing_fresh_can_be_had_older_answers_stand_in(
    shop: Enriching, archon: RunningArchon, archon_proxy: Proxy
) -> None:
    service = shop.at(url(archon_proxy))
    before = service.enrich("shop")
    first = sorted(archon.heard())
    archon_proxy.switch(Mode.REFUSE)
    enriched = service.enrich("shop", force=True)
    part = enriched.data["archon"]
    assert (part["status"], part["reason"]) == ("partial", "ARCHON_UNAVAILABLE")
    assert part["outdated"] == part["answered"] == part["asked"]
    assert enriched.data["sources"] == ["archon", "local"]
    assert enriched.data["architectural_patterns"] == before.data["architectural_patterns"]
    archon_proxy.switch(Mode.PASS)
    shop.make_due()
    service.work_off()
    assert sorted(archon.heard()) == first
    stored = payload(service)
    assert stored.archon is not None
    assert (stored.archon.status, stored.archon.outdated) == ("complete", 0)


def test_who_leaves_archon_out_does_not_keep_others_from_asking_it(
    shop: Enriching, archon: RunningArchon
) -> None:
    service = shop.at(archon.url)
    assert not service.enrich("shop", sources={"local"}).is_partial
    assert archon.heard() == []
    assert payload(service).sources == ["local"]
    assert service.work_off() == WorkedOff(0, 1, 0)
    assert payload(service).sources == ["archon", "local"]


def test_of_an_older_version_archon_is_not_asked(shop: Enriching, archon: RunningArchon) -> None:
    service = shop.at(archon.url)
    shop.root.write("shop/prices.py", "PRICE = 1\n")
    service.generate("shop")
    service.enrich("shop")
    archon.heard()
    enriched = service.enrich("shop", 1, force=True)
    assert (enriched.data["sources"], enriched.is_partial) == (["local"], False)
    assert archon.heard() == []


def test_a_setting_that_cannot_be_used_costs_what_archon_knows_alone(shop: Enriching) -> None:
    enriched = shop.at("http://u:s3cret@archon:8051").enrich("shop")
    assert enriched.data["error_code"] == "ARCHON_UNAVAILABLE"
    assert "ONEXTREE_ARCHON_URL" in enriched.data["archon"]["message"]
    assert "s3cret" not in json.dumps(enriched.data)
    assert shop.queued()[0].reason == "archon"


@pytest.mark.parametrize("written", ["yes", {"rounds": "many"}, {"rounds": -7}, {}])
def test_what_others_have_written_into_the_enrichment_does_no_harm(
    shop: Enriching, archon_proxy: Proxy, written: object
) -> None:
    archon_proxy.switch(Mode.REFUSE)
    with shop.database.transaction() as connection:
        connection.execute(
            "UPDATE public.onextree_snapshots SET enrichment_data = %s",
            [json.dumps({"archon": written})],
        )
    assert shop.at(url(archon_proxy)).enrich("shop").data["archon"]["rounds"] == 1


def test_the_client_of_the_specification_knows_the_relationships_that_are_stored(
    shop: Enriching, archon: RunningArchon
) -> None:
    service, root = shop.at(archon.url), str(shop.root.root)
    service.enrich("shop")
    archon.heard()
    client = service.archon_client()
    for path in ("shop/orders.py", f"{root}/shop/orders.py"):
        related = asyncio.run(client.get_file_relationships(root, path))
        assert related["imports"] == ["shop/stock.py"]
        assert related["imported_by"] == ["shop/__main__.py"]
        assert set(related) == {"imports", "imported_by", "similar_files"}
    for path in ("gone.py", "../shop/orders.py"):
        related = asyncio.run(client.get_file_relationships(root, path))
        assert related == {"imports": [], "imported_by": [], "similar_files": []}
    assert archon.heard() == []
    found = asyncio.run(client.get_architectural_patterns(root, ["shop/orders.py", "gone.py"]))
    edge = {"source": "shop/orders.py", "target": "shop/stock.py", "type": "dependency"}
    assert found["relationships"] == [edge]
    assert archon.heard().count(ASSESSMENT) == 1
    with pytest.raises(ProjectNotFound):
        asyncio.run(client.get_architectural_patterns(f"{root}/shop", ["orders.py"]))
    assert archon.heard() == []


def test_enrichments_are_counted_by_what_came_of_them(
    shop: Enriching, archon: RunningArchon, archon_proxy: Proxy
) -> None:
    archon_proxy.switch(Mode.REFUSE)
    service = shop.at(url(archon_proxy))
    service.enrich("shop")
    service.flush_counters()
    measured = service.measure(5)
    counted = {
        (count.name, *count.labels.values()): count.value
        for count in measured.counts
        if count.name == "enrichments"
    }
    assert counted == {("enrichments", "partial"): 1}
    assert (measured.store.enrichments_partial, measured.store.enrichments_waiting) == (1, 0)
    assert {circuit.name for circuit in measured.circuits} == {"onextree", "archon"}
    assert {circuit.name for circuit in shop.at(archon.url).measure(5).circuits} >= {"archon"}
    shop.root.write("shop/prices.py", "PRICE = 1\n")
    service.generate("shop")
    assert service.measure(5).store.enrichments_waiting == 1
