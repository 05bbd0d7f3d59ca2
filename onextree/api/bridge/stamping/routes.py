"""Routes of stamping, in the shapes of upstream's service and at its addresses."""

from collections.abc import Callable
from functools import partial as bound
from time import perf_counter
from typing import Any, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from onextree.api.access import Permitted
from onextree.api.bridge.answers import ERRORS
from onextree.api.bridge.stamping import answers as told
from onextree.api.bridge.stamping.batches import Item, batch_told
from onextree.api.bridge.stamping.bodies import StampRoute
from onextree.api.bridge.stamping.hashing import hash_upload
from onextree.api.bridge.stamping.judging import (
    Judged,
    judged_in,
    protocol_told,
    validated,
)
from onextree.api.bridge.stamping.permissions import Permissions, visible, visible_projects
from onextree.api.bridge.stamping.requests import (
    MOST_ITEMS,
    BatchRequest,
    Hash,
    HashForm,
    Namespace,
    NamespaceName,
    Offset,
    PageLimit,
    ProtocolRequest,
    StampRequest,
    ValidateRequest,
)
from onextree.api.bridge.stamping.shapes import (
    BatchTold,
    FoundTold,
    HashTold,
    NamespaceTold,
    ProtocolTold,
    StampTold,
    ValidationTold,
)
from onextree.api.bridge.state import Bridge, BridgeState, Service
from onextree.api.envelope import Envelope, partial, success
from onextree.api.middleware.bodies import MostBytes
from onextree.errors import InvalidRequest, OnexTreeError, PayloadTooLarge
from onextree.service.stamping.requests import Stamping
from onextree.service.telling import correlation_of
from onextree.settings import Settings
from onextree.stamping.model import NAMESPACE
from onextree.stamping.validation import (
    Judgement,
    ProtocolJudgement,
    check_hash,
    check_namespace,
    judge,
    judge_protocol,
)

__all__ = ["PREFIX", "STAMPING_PATHS", "router", "stamping_bodies"]

T = TypeVar("T")

PREFIX = "/api/v1/metadata-stamping"
"""Before upstream's paths, which are here with and without it."""

_PATHS = ("/stamp", "/validate", "/batch", "/validate-protocol", "/hash")
STAMPING_PATHS = frozenset({*_PATHS, *(PREFIX + path for path in _PATHS)})
"""Of the routes that are sent contents."""

_MEGABYTE = 2**20
_WORTH_A_THREAD = 2**16  # bytes; fewer are read before a thread would have begun
_INVALID: dict[int | str, dict[str, Any]] = {
    400: {"model": Envelope[None], "description": "It cannot be read, or is no hash or namespace."}
}
_FORM = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": HashForm.model_json_schema()}},
    }
}


def stamping_bodies(settings: Settings) -> dict[str, MostBytes]:
    """How many bytes the routes take that are sent contents: those of one, as JSON escapes it."""
    setting, most = "ONEXTREE_STAMP_MAX_BYTES", settings.stamp_max_bytes
    as_json = MostBytes(max(most * 3 // 2 + _MEGABYTE, settings.api_max_body), setting)
    as_form = MostBytes(most + _MEGABYTE, setting, is_streamed=True)
    return {
        before + path: as_form if path == "/hash" else as_json
        for before in ("", PREFIX)
        for path in _PATHS
    }


router = APIRouter(tags=["Stamping"], responses=ERRORS | _INVALID, route_class=StampRoute)


@router.post("/stamp", response_model=Envelope[StampTold])
async def stamp(body: StampRequest, bridge: Bridge, caller: Permitted) -> Response:
    """Stamp a content with its hash and what the tree knows of its file.

    `partial`: it is stamped, but not stored, since the database is away; or its path is known and
    the tree was not asked live. `metadata` says which, and why.
    """
    asked = _small_enough(bridge, body.asked())
    asked = await Permissions(bridge.service, caller).of(asked)
    made = await bridge.stamps.stamp(asked, correlation_of())
    data, metadata = told.stamped(asked, made), told.stamped_metadata(made)
    if told.is_lacking(asked, made):
        return partial(data, metadata=metadata, message=told.lacking(made))
    return success(data, metadata=metadata)


@router.post("/batch", response_model=Envelope[BatchTold])
async def batch(body: BatchRequest, bridge: Bridge, caller: Permitted) -> Response:
    """Stamp up to 1,000 contents together; each one has its own answer.

    `partial`: some were not stamped, or are lacking something as a single one can.
    """
    begin = perf_counter()
    if not body.items:
        raise InvalidRequest("A batch has one item at least; send them as `items`.")
    if len(body.items) > MOST_ITEMS:
        raise InvalidRequest(f"A batch has {MOST_ITEMS:,} items at most; send several.")
    permissions = Permissions(bridge.service, caller)
    items: list[Item] = []
    for place, (item, asked) in enumerate(zip(body.items, body.asked(), strict=True)):
        name = str(place) if item.id is None else item.id
        try:
            items.append(Item(name, await permissions.of(_small_enough(bridge, asked))))
        except OnexTreeError as error:
            items.append(Item(name, asked, error))
    wanted = [item.asked for item in items if item.answer is None]
    identities = [correlation_of()] * len(wanted)
    stamp_all = bound(bridge.service.stamp_all, wanted, correlation_ids=identities)
    made = iter(await to_thread.run_sync(stamp_all, limiter=bridge.batches) if wanted else ())
    whole = [item.answered(next(made)) if item.answer is None else item for item in items]
    return batch_told(whole, (perf_counter() - begin) * 1000)


def _small_enough(bridge: BridgeState, asked: Stamping) -> Stamping:
    _check_size(bridge, len(asked.content))
    return asked


def _bytes_of(bridge: BridgeState, text: str) -> bytes:
    content = text.encode()
    _check_size(bridge, len(content))
    return content


def _check_size(bridge: BridgeState, size: int) -> None:
    most = bridge.settings.stamp_max_bytes
    if size > most:
        raise PayloadTooLarge(
            f"A content may have {most:,} bytes; raise ONEXTREE_STAMP_MAX_BYTES for larger ones.",
            max_bytes=most,
        )


@router.post("/validate", response_model=Envelope[ValidationTold])
async def validate(body: ValidateRequest, bridge: Bridge) -> Response:
    """Whether a content still is what its stamps say; no file name is needed, and none is asked."""
    check_namespace(body.namespace)
    options, content = body.options, _bytes_of(bridge, body.content)

    def judged() -> Judged[Judgement]:
        return judged_in(content, lambda reading: judge(reading, options.expected_hash))

    return success(validated(await _worked(judged, len(content)), options))


@router.post("/validate-protocol", response_model=Envelope[ProtocolTold])
async def validate_protocol(body: ProtocolRequest, bridge: Bridge) -> Response:
    """How far a content keeps the protocol of stamps, and what it lacks."""
    check_namespace(body.namespace)
    content = _bytes_of(bridge, body.content)

    def judged() -> Judged[ProtocolJudgement]:
        return judged_in(content, lambda reading: judge_protocol(reading, body.validation_level))

    return success(protocol_told(await _worked(judged, len(content)), body.target_protocol))


async def _worked(work: Callable[[], T], size: int) -> T:
    """What a content of so many bytes is found to be."""
    return work() if size < _WORTH_A_THREAD else await to_thread.run_sync(work)


@router.post("/hash", response_model=Envelope[HashTold], openapi_extra=_FORM)
async def hash_file(request: Request, bridge: Bridge) -> Response:
    """BLAKE3 of a file's bytes, hashed while it is sent; nothing of it is kept."""
    hashed = await hash_upload(request, bridge.settings.stamp_max_bytes)
    namespace = NAMESPACE if hashed.namespace is None else hashed.namespace
    check_namespace(namespace)
    return success(
        {
            "file_hash": hashed.blake3,
            "execution_time_ms": round(hashed.milliseconds, 3),
            "file_size_bytes": hashed.size,
            "performance_grade": told.grade(hashed.milliseconds),
            "blake3": hashed.blake3,
            "namespace": namespace,
        }
    )


@router.get("/stamp/{file_hash}", response_model=Envelope[FoundTold])
def find_stamp(
    file_hash: Hash, service: Service, caller: Permitted, namespace: Namespace = None
) -> Response:
    """The stamp of a content, the newest one where several namespaces have it."""
    check_hash(file_hash)
    if namespace is not None:
        check_namespace(namespace)
    stamps = visible(caller, lambda: service.find_stamps(file_hash, namespace=namespace))
    return success(told.found_stamp(stamps[0]), metadata={"stamps_found": len(stamps)})


@router.get("/namespace/{namespace}", response_model=Envelope[NamespaceTold])
def list_stamps(
    namespace: NamespaceName,
    service: Service,
    caller: Permitted,
    limit: PageLimit = 50,
    offset: Offset = 0,
) -> Response:
    """The stamps of a namespace, the newest first; of those that the caller may see."""
    check_namespace(namespace)
    page = service.stamps_of(
        namespace, limit=limit, offset=offset, project_ids=visible_projects(caller)
    )
    shown = [told.listed_stamp(each) for each in page.stamps]
    return success(
        {
            "namespace": namespace,
            "total_stamps": page.total,
            "stamps": shown,
            "pagination": {
                "limit": limit,
                "offset": offset,
                "total": page.total,
                "has_more": offset + len(shown) < page.total,
            },
        }
    )
