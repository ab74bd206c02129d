"""The answers of /verify, in the names that receipts use. Masses are whole micrograms or grams, as text."""

from typing import Any, Literal, Self

from carbonledger.verify.report import CheckName, Outcome
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.verification.findings import Finding
from app.verification.look_up import Verification
from app.verification.record import State, Status
from app.verification.upload import Verdict
from receipts.words.voids import ReasonCode


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, frozen=True)


class CheckBody(_Body):
    name: CheckName | Literal["rendition"] = Field(description="rendition: of a PDF, whether its bytes are in the log.")
    outcome: Outcome
    detail: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(name=finding.name, outcome=finding.outcome, detail=finding.detail)


class StatusBody(_Body):
    state: State = Field(description="superseded: voided, and another receipt states the period instead.")
    reason_code: ReasonCode | None
    since: str | None = Field(description="The month in which it was voided.", examples=["2026-12"])
    superseded_by: str | None = Field(description="Serial number of the receipt that counts instead.")
    supersedes: str | None = Field(description="Serial number of the voided receipt that this one replaces.")

    @classmethod
    def of(cls, status: Status) -> Self:
        return cls(
            state=status.state,
            reason_code=status.reason_code,
            since=status.since,
            superseded_by=status.superseded_by,
            supersedes=status.supersedes,
        )


class StatedPeriodBody(_Body):
    start: str = Field(examples=["2026-10-01T00:00:00Z"])
    end: str = Field(description="The first instant that is not in it.", examples=["2026-11-01T00:00:00Z"])


class EmissionsBody(_Body):
    unit: Literal["ug CO2e"]
    low: str
    central: str = Field(description="Estimated gross emissions; credits are never subtracted.")
    high: str


class RetiredCreditBody(_Body):
    registry: str
    project_id: str
    serial_number_block: str
    registry_retirement_id: str
    retired_on: str
    grams: str


class RetiredBody(_Body):
    grams: str
    credits: list[RetiredCreditBody]


class SignatureBody(_Body):
    cryptosuite: Literal["eddsa-jcs-2022"]
    verification_method: str = Field(description="Issuer and key id (RFC 7638).")
    proof_value: str = Field(description="Ed25519, multibase base58btc.")
    public_key_multibase: str
    public_key: str = Field(description="The same 32 bytes in base64url, as in a JWK's x.")


class LogBody(_Body):
    origin: str
    index: int = Field(description="The receipt's leaf, from 0.")
    tree_size: int = Field(description="Leaves of the checkpoint that the proof leads to.")
    proof: str = Field(description="The file receipt.tlog-proof (c2sp.org/tlog-proof).")


class HoldersLinksBody(_Body):
    json_: str = Field(alias="json")
    proof: str
    pdf: str


class VerificationBody(_Body):
    serial: str = Field(examples=["CL-2026-10-7F3K9QX2-M"])
    issuer: str
    period: StatedPeriodBody
    issued_month: str = Field(examples=["2026-11"])
    status: StatusBody
    test: bool = Field(description="true: of a test issuer; it states nothing about the world.")
    is_valid: bool = Field(description="Every check passed. Whether the receipt still holds is its status.")
    checks: list[CheckBody] = Field(description="What this server found just now. Do them again on your own machine.")
    emissions: EmissionsBody
    retired: RetiredBody
    sha256: str = Field(description="Of the receipt: canonical JSON with its proof.")
    signature: SignatureBody
    log: LogBody
    legal_name: str | None = Field(description="null without the receipt's id.")
    receipt: dict[str, Any] | None = Field(description="The signed receipt; null without its id.")
    links: HoldersLinksBody | None = Field(description="The files; null without the receipt's id.")

    @classmethod
    def of(cls, found: Verification, *, receipt_id: str | None, public_url: str) -> Self:
        """`receipt_id`: of a holder, compared already; None for everybody else."""
        said = found.receipt["credentialSubject"]
        page = f"{public_url}/verify/{found.record.serial}"
        return cls.model_validate(
            {
                "serial": found.record.serial,
                "issuer": found.receipt["issuer"],
                "period": {name: said["period"][name] for name in ("start", "end")},
                "issued_month": f"{found.record.issued_at:%Y-%m}",
                "status": StatusBody.of(found.record.status),
                "test": found.record.is_test,
                "is_valid": found.is_valid,
                "checks": [CheckBody.of(finding) for finding in found.findings],
                "emissions": said["emissions"],
                "retired": {
                    "grams": said["retired"]["grams"],
                    "credits": [RetiredCreditBody.model_validate(credit) for credit in said["retired"]["credits"]],
                },
                "sha256": found.record.document_sha256,
                "signature": {
                    "cryptosuite": found.receipt["proof"]["cryptosuite"],
                    "verification_method": found.receipt["proof"]["verificationMethod"],
                    "proof_value": found.receipt["proof"]["proofValue"],
                    "public_key_multibase": found.key["publicKeyMultibase"],
                    "public_key": found.key["x"],
                },
                "log": {
                    "origin": found.log_origin,
                    "index": found.record.log_index,
                    "tree_size": found.tree_size,
                    "proof": found.proof.decode(),
                },
                "legal_name": None if receipt_id is None else said["legalName"],
                "receipt": None if receipt_id is None else found.receipt,
                "links": None if receipt_id is None else HoldersLinksBody(
                    json_=f"{page}/receipt.json?id={receipt_id}",
                    proof=f"{page}/receipt.tlog-proof?id={receipt_id}",
                    pdf=f"{page}/receipt.pdf?id={receipt_id}",
                ),
            }
        )  # fmt: skip


class VerdictBody(_Body):
    is_valid: bool = Field(description="Every check passed. Whether the receipt still holds is its status.")
    checks: list[CheckBody]
    sha256: str = Field(description="Of the receipt's bytes, as sent or as embedded in the PDF.")
    used_stored_proof: bool = Field(description="The log proof is ours: none was sent, or a log key was revoked since.")
    is_ours: bool = Field(description="This server issued it, so it knows its status.")
    status: StatusBody | None = Field(description="null: not issued here, or nothing is known of it.")
    receipt: dict[str, Any] | None = Field(description="What the receipt states; null if any check failed.")

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        return cls(
            is_valid=verdict.is_valid,
            checks=[CheckBody.of(finding) for finding in verdict.findings],
            sha256=verdict.examination.receipt_sha256,
            used_stored_proof=verdict.used_stored_proof,
            is_ours=verdict.record is not None,
            status=None if verdict.record is None else StatusBody.of(verdict.record.status),
            receipt=None if verdict.examination.receipt is None else dict(verdict.examination.receipt),
        )
