"""Retire through a broker's API as CNaught documents it: docs.cnaught.com/api-reference, read on 2026-11-22.

find    GET /orders, newest first, until the order whose metadata is our reference, or older than our own row
place   POST /orders {amount_kg, portfolio_id, metadata, description}, Idempotency-Key: our reference
poll    GET /orders/{id}

What its key forgets, the metadata still tells, and the other way round. No callback is taken: none is signed.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from pydantic import SecretStr

from billing.credits.backend import BackendOrder, EvidenceFile, RetirementRequest
from billing.credits.broker_order import OrderAnswer, created_at, read_order, read_page
from billing.credits.errors import BrokerRefusedError, BrokerUnavailableError, UnreadableOrderError
from billing.credits.retirements import BackendName
from core.http_client import HttpAnswer, HttpAnswerTooLargeError, HttpClient, HttpUnreachableError

PAGE = 50
MOST_PAGES = 200
CLOCKS_DIFFER = timedelta(days=1)
"""By how much the broker's clock and ours may differ, at the very most."""

_BUSY = frozenset({408, 409, 425, 429})  # 409: the same key is being worked on at this moment


class BrokerBackend:
    """Orders of one account. Holds a base URL and a key; opens and closes connections with every call."""

    name: BackendName = "broker"

    def __init__(self, http: HttpClient, *, base_url: str, key: SecretStr) -> None:
        self._http, self._base_url, self._key = http, base_url, key

    async def find(self, request: RetirementRequest) -> BackendOrder | None:
        """Of several orders with the reference the one that is not cancelled. Raises BrokerRefusedError if two live."""
        found = await self._with_reference(request)
        living = [order for order in found if order.state != "cancelled"]
        if len(living) > 1:
            names = ", ".join(order.id for order in living)
            raise BrokerRefusedError(
                f"Orders {names} carry the same reference {request.reference}: cancel one of them."
            )
        return await self.poll((living or found)[0].id) if found else None

    async def place(self, request: RetirementRequest) -> BackendOrder:
        kilograms, rest = divmod(request.grams, 1_000)
        if rest:
            raise ValueError("units are whole kilograms")
        body = {
            "amount_kg": kilograms,
            "portfolio_id": request.broker_portfolio_id,
            "metadata": request.reference,
            "description": request.on_behalf_of_text,
        }
        answer = await self._ask("POST", "orders", body=body, headers={"Idempotency-Key": request.reference})
        return read_order(answer.body)

    async def poll(self, order_id: str) -> BackendOrder:
        return read_order((await self._ask("GET", f"orders/{order_id}")).body)

    async def fetch_evidence(self, order: BackendOrder) -> Sequence[EvidenceFile]:
        """The certificate and the order as it was answered; the certificate's address is public, no key goes there."""
        if order.certificate_url is None or not order.certificate_url.startswith(("https://", self._base_url[:7])):
            raise UnreadableOrderError(f"Order {order.order_id} has no address of a certificate.")
        answer = await self._send("GET", order.certificate_url, secret_headers={})
        return [
            EvidenceFile(f"certificate-{order.order_id}.pdf", answer.body),
            EvidenceFile(f"order-{order.order_id}.json", order.document),
        ]

    async def _with_reference(self, request: RetirementRequest) -> list[OrderAnswer]:
        found: list[OrderAnswer] = []
        after: list[tuple[str, str]] = []
        for _ in range(MOST_PAGES):
            answer = await self._ask("GET", "orders", params=[("limit", str(PAGE)), *after])
            page = read_page(answer.body)
            found += [order for order in page if order.metadata == request.reference]
            if len(page) < PAGE or created_at(page[-1]) < request.ordered_at - CLOCKS_DIFFER:
                return found
            after = [("starting_after", page[-1].id)]
        raise UnreadableOrderError("The broker's list of orders does not end.")

    async def _ask(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpAnswer:
        secret = SecretStr(f"Bearer {self._key.get_secret_value()}")
        return await self._send(
            method,
            f"{self._base_url}/{path}",
            secret_headers={"Authorization": secret},
            params=params,
            body=body,
            headers=headers,
        )

    async def _send(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        secret_headers: dict[str, SecretStr],
        params: Sequence[tuple[str, str]] = (),
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpAnswer:
        """An answer with a status of success. Raises one of the protocol's errors otherwise; none repeats the body."""
        try:
            async with self._http.session() as session:
                answer = await session.send(
                    method, url, secret_headers=secret_headers, params=params, body=body, headers=headers
                )
        except HttpUnreachableError:
            raise BrokerUnavailableError("The broker did not answer, or not to the end.") from None
        except HttpAnswerTooLargeError:
            raise UnreadableOrderError("The broker's answer is larger than any order.") from None
        if answer.status in _BUSY or answer.status >= 500:
            raise BrokerUnavailableError(f"The broker asks for patience (status {answer.status}).")
        if answer.status not in {200, 201}:
            raise BrokerRefusedError(f"The broker refused what we asked (status {answer.status}, {_slug(answer)}).")
        return answer


def _slug(answer: HttpAnswer) -> str:
    """The last part of the problem's type, which is published; never its text."""
    try:
        kind = str(json.loads(answer.body)["type"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        return "no reason"
    return kind if kind.replace("-", "").isalpha() and len(kind) < 60 else "no reason"
