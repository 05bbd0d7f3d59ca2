"""Bodies of stamping, taken apart once, and what is wrong with them."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar, get_type_hints

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from onextree.api.failures import Unreadable
from onextree.errors import InvalidRequest, OnexTreeErrorCode

__all__ = ["StampRoute"]

_MOST_KEPT = 2**20  # bytes of JSON that a caller has kept with a stamp

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_Model = TypeVar("_Model", bound=BaseModel)


class StampRoute(APIRoute):
    """A route whose endpoint takes its `body`, and of `bridge` and `caller` what it names.

    FastAPI reads the body with the `json` of Python and solves the rest for each request anew,
    which costs more than the stamp. The document is made of the endpoint all the same.

    What cannot be read, and what is no hash or namespace, is 400 here, as it is upstream.
    """

    def get_route_handler(self) -> _Handler:
        """As FastAPI has it, where the endpoint has no body."""
        handle = super().get_route_handler()
        endpoint = self.endpoint
        named = get_type_hints(endpoint)
        model = named.get("body")

        async def answer(request: Request) -> Response:
            try:
                if model is None:
                    return await handle(request)
                asked = _parsed(await _body(request), model)
                known = {"bridge": request.app.state.bridge, "caller": request.scope["caller"]}
                more = {name: value for name, value in known.items() if name in named}
                answered: Response = await endpoint(asked, **more)
            except InvalidRequest as error:
                if error.code is OnexTreeErrorCode.INVALID_REQUEST:
                    raise Unreadable(error.message, **error.details) from error
                raise
            return answered

        return answer


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise InvalidRequest("Send the body as JSON, with `Content-Type: application/json`.")
    return b"".join([chunk async for chunk in request.stream()])


def _parsed(body: bytes, model: type[_Model]) -> _Model:
    """A body by its model.

    Raises:
        InvalidRequest: It is no JSON, or too large.
        RequestValidationError: It is not of that shape.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(
            f"The body cannot be read ({error}); send JSON in UTF-8 of whole characters."
        ) from error
    if len(body) > _MOST_KEPT and isinstance(value, dict):
        for each in (value, *_items(value)):
            for name in ("metadata", "intelligence_data"):
                _check_kept(each.get(name), name)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError(
            [
                {"loc": ("body", *each["loc"]), "msg": _sentence(each["msg"], each["loc"], value)}
                for each in error.errors(include_url=False, include_context=False)
            ]
        ) from None


def _items(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = value.get("items")
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def _sentence(message: str, where: tuple[int | str, ...], value: object) -> str:
    if where == ("content",) and isinstance(value, dict) and "content" not in value:
        if "file_hash" in value:
            return (
                "A stamp is made of the content; send that as `content`. A hash alone, as older "
                "clients send it, cannot be stamped."
            )
        return "Send the text that it is about as `content`."
    return message


def _check_kept(value: object, name: str) -> None:
    """Refuse what is too large to be kept; the service refuses what cannot be kept at all.

    Raises:
        InvalidRequest: It has too many bytes, or more levels than JSON is written with.
    """
    try:
        size = len(orjson.dumps(value))
    except TypeError:
        raise InvalidRequest(f"`{name}` is nested too deep to be kept.") from None
    if size > _MOST_KEPT:
        raise InvalidRequest(f"`{name}` is too large; {_MOST_KEPT:,} bytes of JSON are kept.")
