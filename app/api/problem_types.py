"""The catalogue of problem types: for each error code its HTTP status, a title, and what its page says.

An error of ours carries a code and a sentence for this very case; the catalogue holds what is the same each time. A
code that is not listed falls back on the base of its class (`core.errors`), so that no error of ours is a 500 by
accident; a test wants every code listed all the same.
"""

from dataclasses import dataclass

from core.errors import CarbonLedgerError, ConflictError, InvalidInputError, NotFoundError, TransientError


@dataclass(frozen=True, slots=True)
class ProblemType:
    status: int
    title: str
    meaning: str


PROBLEM_TYPES: dict[str, ProblemType] = {
    # What was sent
    "invalid-input": ProblemType(422, "Invalid input", "A field or parameter cannot be used. `errors` lists each one."),
    "unreadable-body": ProblemType(400, "Unreadable body", "The request body is not the JSON that its type promises."),
    "body-too-large": ProblemType(
        413,
        "Body too large",
        "A request body may hold 1 MiB, a file to verify 8 MiB; this one was not read further.",
    ),
    "unsupported-media-type": ProblemType(
        415, "Unsupported media type", "Send JSON with Content-Type application/json."
    ),
    "invalid-cursor": ProblemType(
        422, "Invalid cursor", "The cursor was not made by this endpoint for this query. Start from the first page."
    ),
    "unknown-group-by": ProblemType(422, "Unknown group_by", "group_by takes the dimensions that the detail lists."),
    "unknown-sort": ProblemType(422, "Unknown sort", "sort takes the columns that the detail lists."),
    "too-many-rows": ProblemType(
        422, "Too many rows", "The answer would be too long. Shorten the span or group by less."
    ),
    "invalid-time-range": ProblemType(
        422, "Invalid time range", "The range is half-open, [start, end), in UTC: start lies before end."
    ),
    "invalid-reread": ProblemType(422, "Invalid days", "Days that have begun can be read again, at most 31 at once."),
    # Who asks
    "not-authenticated": ProblemType(401, "Not authenticated", "Send a valid API key, or log in."),
    "forbidden": ProblemType(403, "Forbidden", "The role or the scopes of the caller do not allow this act."),
    "foreign-origin": ProblemType(
        403, "Foreign origin", "A write by cookie comes from a page of this server, shown by its Origin header."
    ),
    "wrong-password": ProblemType(401, "Wrong e-mail or password", "E-mail and password do not belong together."),
    "wrong-present-password": ProblemType(
        422, "Wrong present password", "The password of who is logged in was asked for, and this is not it."
    ),
    "wrong-organization-name": ProblemType(
        422, "Wrong organization name", "The name of the organization to delete was asked for, and this is not it."
    ),
    "organization-not-deletable-yet": ProblemType(
        409,
        "Not deletable yet",
        "A plan, a paid period or a receipt has to come to its end first; the detail says which.",
    ),
    "no-organization": ProblemType(403, "No organization", "The person is a member of no organization any more."),
    "email-taken": ProblemType(409, "E-mail taken", "There is a person with this e-mail address already."),
    "already-member": ProblemType(409, "Already a member", "The person belongs to the organization already."),
    "last-owner": ProblemType(409, "Last owner", "An organization keeps at least one owner."),
    "unusable-email": ProblemType(422, "Unusable e-mail", "An e-mail address reads name@example.com."),
    "weak-password": ProblemType(422, "Weak password", "The password is too short or too common."),
    "unusable-link": ProblemType(422, "Unusable link", "The link was used already, has expired, or never was."),
    "too-many-attempts": ProblemType(429, "Too many attempts", "Wait as long as Retry-After says, then try again."),
    "old-http": ProblemType(
        505, "HTTP too old", "Downloads need HTTP/1.1, also between a reverse proxy and this server."
    ),
    "too-many-downloads": ProblemType(429, "Too many downloads", "Two at once an organization, and few in all. Wait."),
    # What is there
    "not-found": ProblemType(404, "Not found", "There is no such thing, or it belongs to somebody else."),
    "method-not-allowed": ProblemType(405, "Method not allowed", "The Allow header lists what this address takes."),
    "conflict": ProblemType(409, "Conflict", "It exists already, or its state forbids the act."),
    # Idempotency keys
    "invalid-idempotency-key": ProblemType(422, "Invalid Idempotency-Key", "It has 1 to 255 visible ASCII characters."),
    "idempotency-key-reused": ProblemType(
        422, "Idempotency-Key reused", "This key came before with another request. Use a new key for a new request."
    ),
    "request-in-flight": ProblemType(
        409, "Request in flight", "The first request with this Idempotency-Key is still being carried out."
    ),
    "reply-held-a-secret": ProblemType(
        409, "The reply held a secret", "The act was carried out. Its reply held a secret and is not shown twice."
    ),
    # Connecting a provider
    "key-refused": ProblemType(422, "Key refused", "The provider does not know this key, or it was revoked."),
    "wrong-key-kind": ProblemType(
        422, "Wrong kind of key", "Usage is read with an admin (or management) key, not with a project's or user's key."
    ),
    "missing-scope": ProblemType(422, "Missing scope", "The key lacks the permission to read usage."),
    "unreadable-answer": ProblemType(
        502, "Unreadable answer", "The provider answered in a shape we do not know. Nothing was stored."
    ),
    "lookback-exceeded": ProblemType(502, "Too far back", "The provider does not keep usage that old."),
    "answer-too-large": ProblemType(
        502, "Answer too large", "The provider answered more than we read. Nothing was kept."
    ),
    "unreachable": ProblemType(503, "Unreachable", "No connection to the provider. Try again later."),
    "rate-limited": ProblemType(503, "Provider is rate limiting", "The provider asked us to wait. Try again later."),
    "provider-unavailable": ProblemType(503, "Provider unavailable", "The provider did not answer. Try again later."),
    "account-already-connected": ProblemType(
        409, "Account already connected", "Another connection reads this provider account. One is enough."
    ),
    "other-account": ProblemType(
        409, "Key of another account", "A connection keeps its provider account. Connect the other account apart."
    ),
    "known-elsewhere": ProblemType(409, "Known elsewhere", "The usage carries ids of an account connected before."),
    "needs-reauthentication": ProblemType(
        409, "Needs a new key", "Polling of the connection has stopped. PATCH it with a working api_key first."
    ),
    "connection-not-found": ProblemType(
        404, "Connection not found", "There is no such connection, or it is not yours."
    ),
    "invalid-label": ProblemType(422, "Invalid label", "A label has 1 to 80 characters and no control characters."),
    "unknown-provider": ProblemType(422, "Unknown provider", "This installation does not read that provider."),
    "unknown-usage-endpoint": ProblemType(422, "Unknown usage endpoint", "The provider has no such usage API."),
    # Projects, mapping, corrections
    "unknown-project": ProblemType(422, "Unknown project", "There is no such project in this organization."),
    # Budgets
    "invalid-budget": ProblemType(
        422, "Invalid budget", "A limit is positive and in whole micrograms; the share to warn at is 1 to 100 per cent."
    ),
    "budget-not-found": ProblemType(404, "Budget not found", "There is no such budget, or it is not yours."),
    "budget-exists": ProblemType(409, "Budget exists", "The organization and each project have one budget at most."),
    "budget-changed": ProblemType(409, "Budget changed", "Somebody has changed it meanwhile. Read it again first."),
    # Billing
    "billing-not-configured": ProblemType(
        409, "Nothing is sold here", "This installation has no Stripe key. What was measured is still shown."
    ),
    "card-declined": ProblemType(402, "Card declined", "The bank refused the payment. Use another card."),
    "already-subscribed": ProblemType(
        409, "Already subscribed", "An organization has one subscription. Change its plan instead."
    ),
    "not-subscribed": ProblemType(409, "Not subscribed", "There is no running subscription that could be changed."),
    "plan-change-pending": ProblemType(
        409, "Change of plan waits for payment", "The invoice of an earlier change has to be paid or lapse first."
    ),
    "price-missing": ProblemType(409, "Price missing", "This tier is not sold at this interval here."),
    "unknown-price": ProblemType(502, "Unknown price", "The subscription has a price that belongs to no tier."),
    "stripe-refused": ProblemType(
        502, "Stripe refused", "Stripe refused the request. The installation's operator has to look into it."
    ),
    "unreadable-stripe-object": ProblemType(
        502, "Unreadable answer of Stripe", "Stripe answered in a shape that we do not know. Nothing was changed here."
    ),
    "stripe-unavailable": ProblemType(503, "Stripe unavailable", "Stripe did not answer. Try again in a minute."),
    "organization-busy": ProblemType(503, "Busy", "The organization's billing is being updated. Try again shortly."),
    "bad-signature": ProblemType(
        400, "Bad signature", "A webhook has to be signed by Stripe with our secret, and now."
    ),
    "unreadable-event": ProblemType(400, "Unreadable event", "A webhook's body is Stripe's event as JSON."),
    "project-not-found": ProblemType(404, "Project not found", "There is no such project, or it is not yours."),
    "invalid-project-name": ProblemType(
        422, "Invalid project name", "A name has 1 to 80 characters on one line, none of them a control character."
    ),
    "project-name-taken": ProblemType(
        409, "Project name taken", "A project of the organization has this name; archived ones keep theirs."
    ),
    "project-changed": ProblemType(
        409, "Project changed", "The version is not the project's any more. Read it again, then repeat the change."
    ),
    "project-in-use": ProblemType(
        409, "Project in use", "Usage goes to the project, now or as planned. Map it elsewhere, then archive."
    ),
    "project-archived": ProblemType(409, "Project archived", "New usage goes to open projects only. Restore it first."),
    "default-project": ProblemType(
        409, "Default project", "The default project stays open. Make another one the default, then archive this one."
    ),
    "invalid-selector": ProblemType(
        422, "Invalid selector", "A selector is the whole account, or a project, workspace or key id of the provider."
    ),
    "invalid-mapping": ProblemType(
        422, "Invalid mapping", "Each selector changes once; the whole account always belongs to a project."
    ),
    "effective-in-the-past": ProblemType(
        422, "Effective in the past", "A mapping changes now or later. Only a correction moves history."
    ),
    "mapping-changed": ProblemType(
        409, "Mapping changed", "Somebody else changed the mapping. Read it again; nothing was written."
    ),
    "invalid-correction": ProblemType(
        422, "Invalid correction", "A correction's span is half-open, [start, end), and ends now at the latest."
    ),
    "invalid-reason": ProblemType(422, "Invalid reason", "A reason has 1 to 500 characters on one line."),
    "correction-not-found": ProblemType(
        404, "Correction not found", "There is no such correction, or it is not yours."
    ),
    # Receipts
    "receipt-not-ready": ProblemType(
        409, "Receipt not ready", "The receipt is being prepared. Its files are there once it is issued."
    ),
    "receipt-erased": ProblemType(
        404, "Receipt erased", "Its organization is gone, and what its receipts said with it. The log has its hash."
    ),
    "receipt-seal-broken": ProblemType(
        500, "Seal broken", "A stored receipt does not open with its key. The operator has to restore it."
    ),
    "sealed-usage-changed": ProblemType(
        500, "Sealed usage changed", "The stored usage is not what was signed. The operator has to look into it."
    ),
    "factors-missing": ProblemType(
        500, "Factors missing", "Emission factors of the sealed usage are not there. The operator has to run a build."
    ),
    # Verification
    "no-such-receipt": ProblemType(
        404, "No such receipt", "No issued receipt has this serial number, or the id in the link is not its own."
    ),
    "nothing-issued": ProblemType(
        404, "Nothing issued", "This installation has not issued a receipt yet, so it has no keys to verify with."
    ),
    "mistyped-serial": ProblemType(
        422, "Mistyped serial number", "The check character does not fit, so a character was misread or left out."
    ),
    "unreadable-upload": ProblemType(
        400,
        "Unreadable upload",
        "Send one receipt: JSON or PDF as the body, or a form with file and, if need be, proof.",
    ),
    "unreadable-file": ProblemType(
        422, "Unreadable file", "The file is damaged, or would take more time or memory than any receipt does."
    ),
    "no-receipt-inside": ProblemType(422, "No receipt inside", "The PDF has no receipt embedded in it, or several."),
    "upload-too-slow": ProblemType(408, "Upload too slow", "The file did not arrive in time. Try again."),
    "too-many-examinations": ProblemType(
        503, "Too many verifications", "Other files are being verified. Try again in a few seconds."
    ),
    # Notifications
    "target-not-found": ProblemType(
        404, "Target not found", "There is no such notification target, or it is not yours."
    ),
    "unusable-target": ProblemType(422, "Unusable target", "The URL is none that messages can be sent to from here."),
    "private-address": ProblemType(
        422, "Private address", "Targets are at public addresses: what is inside a network is not for everybody."
    ),
    "too-many-targets": ProblemType(409, "Too many targets", "An organization has ten at most. Remove one first."),
    # Ours
    "database-unavailable": ProblemType(503, "Database unavailable", "The database did not answer. Try again shortly."),
    "secret-store-unavailable": ProblemType(503, "Secret store unavailable", "Keys cannot be stored or read just now."),
    "secret-missing": ProblemType(409, "Key missing", "The connection's key is gone. Re-authenticate the connection."),
    "vault-damaged": ProblemType(500, "Vault damaged", "The vault cannot be opened. The operator has to restore it."),
    "try-again-later": ProblemType(503, "Try again later", "The same request may succeed later."),
    "permanent-error": ProblemType(400, "Refused", "Trying again changes nothing; the detail says what to do."),
    "internal-error": ProblemType(500, "Internal error", "Our fault. Nothing of the request was logged but its id."),
}

_BY_BASE: tuple[tuple[type[CarbonLedgerError], str], ...] = (
    (InvalidInputError, "invalid-input"),
    (NotFoundError, "not-found"),
    (ConflictError, "conflict"),
    (TransientError, "try-again-later"),
    (CarbonLedgerError, "permanent-error"),
)

FOR_THE_OPERATOR = frozenset({"database-unavailable", "secret-store-unavailable", "vault-damaged"})

CODE_OF_STATUS = {
    400: "unreadable-body",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
}


def title_of(code: str) -> str:
    """The title listed for a code that was stored, as a connection's error is; a plain one for a code of old."""
    return PROBLEM_TYPES.get(code, PROBLEM_TYPES["permanent-error"]).title


def problem_type(error: CarbonLedgerError) -> ProblemType:
    """The type listed for the error's code, else that of its nearest base."""
    listed = PROBLEM_TYPES.get(error.code)
    if listed is not None:
        return listed
    return next(PROBLEM_TYPES[code] for base, code in _BY_BASE if isinstance(error, base))
