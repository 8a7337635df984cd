"""A page as an ASGI application: login, API, static files, and one JSON error for whatever is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

import orjson

from evalkit.core.frozen import frozen
from evalkit.errors import EvalkitError
from evalkit.web.call import Call, Endpoint, Refusal, Reply
from evalkit.web.guard import Application, Guard
from evalkit.web.visitors import Login, Visitors

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_LINK = "open the link that the command printed for you"


@frozen(slots=True)
class Site:
    """What is served to whom.

    Attributes:
        pages: address to static file; they hold nothing that needs a login.
        endpoints: the API, for visitors alone.
        names: what a Host header may say.
        cookie: name of the cookie: browsers send cookies to every port of a machine.
        most_body_bytes: what a POST may carry.
        on_failure: told of what should not have happened, with one line.
    """

    pages: Mapping[str, Reply]
    endpoints: Sequence[Endpoint]
    visitors: Visitors
    names: frozenset[str]
    cookie: str
    on_failure: Callable[[str], None]
    most_body_bytes: int = 65_536


def application_of(site: Site) -> Application:
    """The whole of it. Needs Starlette."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.routing import Route

    routes = [Route(path, _page(site, reply), methods=["GET"]) for path, reply in site.pages.items()]
    routes += [Route(each.path, _call(site, each), methods=[each.method]) for each in site.endpoints]
    found = Starlette(routes=routes, exception_handlers={HTTPException: _unrouted})
    return Guard(found, site.names)


def _page(site: Site, reply: Reply) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        token = request.query_params.get("token")
        if token is not None:
            return _login(site, token, request)
        if request.headers.get("if-none-match") == reply.headers["ETag"]:
            return _response(Reply(304, b"", reply.media_type, reply.headers))
        return _response(reply)

    return handle


def _login(site: Site, token: str, request: Request) -> Response:
    """Takes the token out of the address: it would stay in the browser's history."""
    cookie = site.visitors.login(token)
    if cookie is None:
        return _refused(Refusal(403, "nobody here has this token", _LINK), request)
    headers = {"Location": "/", "Cache-Control": "no-store"}
    response = _response(Reply(303, b"", "text/plain", headers))
    response.set_cookie(site.cookie, cookie, httponly=True, samesite="strict", path="/")
    return response


def _call(site: Site, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool
        from starlette.requests import ClientDisconnect

        try:
            session = _session(site, request)
            body: Mapping[str, Any] = {}
            if endpoint.method == "POST":
                _check_origin(request, session)
                body = await _body(request, site.most_body_bytes)
            call = Call(session.visitor, session.csrf, request.query_params, request.path_params, body)
            return _response(await run_in_threadpool(endpoint.handle, call))
        except Refusal as refusal:
            return _refused(refusal, request)
        except ClientDisconnect:
            return _response(Refusal(400, "the call broke off").reply)
        except EvalkitError as error:
            site.on_failure(str(error))
            return _refused(Refusal(503, error.what, error.hint), request)
        except Exception as error:  # a bug here is one line there, and no traceback in a browser
            site.on_failure(f"{request.method} {endpoint.path}: {type(error).__name__}: {error}")
            return _refused(Refusal(500, "evalkit made a mistake; its terminal says more"), request)

    return handle


def _session(site: Site, request: Request) -> Login:
    session = site.visitors.session(request.cookies.get(site.cookie, ""))
    if session is None:
        raise Refusal(401, "you are not logged in", _LINK)
    return session


def _check_origin(request: Request, session: Login) -> None:
    """Raises Refusal for what another page has the browser send."""
    origin = request.headers.get("origin")
    is_ours = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if not is_ours or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refusal(403, "the call comes from another page")
    token = request.headers.get("x-csrf-token", "")
    if not compare_digest(token.encode("utf-8", "replace"), session.csrf.encode()):
        what = "X-CSRF-Token is missing or is not that of your session"
        raise Refusal(403, what, "reload the page; GET /api/session gives the token")


async def _body(request: Request, most_bytes: int) -> Mapping[str, Any]:
    """The JSON object that came. Raises Refusal."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "the body is not JSON", "send Content-Type: application/json")
    too_large = Refusal(413, f"the body has more than {most_bytes:,} bytes")
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > most_bytes:
        raise too_large
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > most_bytes:
            raise too_large
    try:
        found = orjson.loads(data)
    except ValueError as error:
        raise Refusal(400, f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refusal(400, "the body is JSON, but no object")
    return found


async def _unrouted(request: Request, error: Exception) -> Response:
    """An address or a method that is not there."""
    status = getattr(error, "status_code", 500)
    what = {404: "there is nothing at this address", 405: "this address takes another method"}
    response = _refused(Refusal(status, what.get(status, "the call cannot be answered")), request)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def _refused(refusal: Refusal, request: Request) -> Response:
    """JSON to a script; a page to a browser that was sent to the address."""
    is_page = "text/html" in request.headers.get("accept", "")
    return _response(refusal.page if is_page else refusal.reply)


def _response(reply: Reply) -> Response:
    from starlette.responses import Response

    return Response(reply.body, reply.status, dict(reply.headers), reply.media_type)
