"""The bodies of /v1/receipts: what a receipt states, as exact text in grams, and where its files are.

The receipt itself, as it was signed, is its `.json`; these bodies only say what stands in our tables about it.
"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from app.api.billing_period_bodies import SpanBody
from app.api.telemetry_answers import Range
from app.receipts.links import file_path, public_page, whole_page
from app.receipts.records import ReceiptState, ReceiptView, VoidView
from core.ids import public_id
from core.units import scaled_by_a_millionth
from receipts.words.voids import ReasonCode


class VoidBody(BaseModel):
    reason: ReasonCode = Field(description="Public.")
    note: str = Field(description="What the operator wrote to you. Not public.")
    is_to_be_replaced: bool
    voided_at: datetime

    @classmethod
    def of(cls, view: VoidView) -> Self:
        return cls.model_validate(
            {
                "reason": view.reason_code,
                "note": view.note,
                "is_to_be_replaced": view.is_to_be_replaced,
                "voided_at": view.voided_at,
            }
        )


class LinksBody(BaseModel):
    """Of the files: null while the receipt is being prepared."""

    pdf: str | None
    json_: str | None = Field(alias="json", serialization_alias="json")
    tlog_proof: str | None
    sealed_usage: str | None
    verify: str = Field(description="The public page: status and sums, without a name or a line.")
    verify_in_full: str = Field(description="What the QR code says; whoever has it sees the legal name and the lines.")

    @classmethod
    def of(cls, view: ReceiptView, *, public_url: str) -> Self:
        def link(name: str) -> str | None:
            return public_url + file_path(view, name) if view.is_issued else None

        return cls.model_validate(
            {
                "pdf": link("pdf"),
                "json": link("json"),
                "tlog_proof": link("tlog-proof"),
                "sealed_usage": link("sealed-usage.jsonl"),
                "verify": public_page(view, public_url=public_url),
                "verify_in_full": whole_page(view, public_url=public_url),
            }
        )


class ReceiptBody(BaseModel):
    serial: str = Field(examples=["CL-2026-10-7F3K9QX2-M"])
    receipt_id: str = Field(description="128 random bits in hex: what opens the receipt in full to whoever has it.")
    state: ReceiptState = Field(
        description="preparing: files follow. voided: it no longer stands. superseded: nor does it, another does."
    )
    period_id: str
    period: SpanBody
    closed_at: datetime
    tier: str
    legal_name: str
    test: bool = Field(description="true: made by an installation under a reserved domain; it proves nothing.")
    factor_version: str
    co2e_grams: Range = Field(description="Estimated gross emissions; credits are never subtracted.")
    retired_grams: int = Field(description="Credits retired and allotted to it. They do not change the emissions.")
    not_covered_grams: str = Field(description="What lies above the coverage.")
    known_hours: int
    missing_hours: int
    ordered_at: datetime
    issued_at: datetime | None
    kid: str | None = Field(description="The key that signed it: RFC 7638 thumbprint, in /.well-known/jwks.json.")
    document_sha256: str | None
    sealed_usage_sha256: str | None
    pdf_sha256: str | None
    log_index: int | None = Field(description="Its leaf in the transparency log.")
    log_size: int | None = Field(description="Leaves of the first checkpoint that has it.")
    supersedes: str | None = Field(description="Serial of the receipt that this one replaces.")
    superseded_by: str | None
    void: VoidBody | None
    links: LinksBody

    @classmethod
    def of(cls, view: ReceiptView, *, public_url: str) -> Self:
        return cls.model_validate(
            {
                "serial": view.serial,
                "receipt_id": view.receipt_id,
                "state": view.state,
                "period_id": public_id("period", view.period_id),
                "period": SpanBody(start=view.started_at, end=view.ended_at),
                "closed_at": view.closed_at,
                "tier": view.tier,
                "legal_name": view.legal_name,
                "test": view.is_test,
                "factor_version": view.factor_version,
                "co2e_grams": view.co2e.scaled(),
                "retired_grams": view.retire_grams,
                "not_covered_grams": scaled_by_a_millionth(view.not_covered_micrograms),
                "known_hours": view.known_hours,
                "missing_hours": view.missing_hours,
                "ordered_at": view.ordered_at,
                "issued_at": view.issued_at,
                "kid": view.kid,
                "document_sha256": view.document_sha256,
                "sealed_usage_sha256": view.usage_sha256,
                "pdf_sha256": view.pdf_sha256,
                "log_index": view.log_index,
                "log_size": view.log_size,
                "supersedes": view.supersedes,
                "superseded_by": view.superseded_by,
                "void": None if view.void is None else VoidBody.of(view.void),
                "links": LinksBody.of(view, public_url=public_url),
            }
        )


class ReceiptPage(BaseModel):
    data: list[ReceiptBody]
    next_cursor: str | None = Field(description="For the next page; null: this is the last one.")
