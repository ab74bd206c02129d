"""What the printed receipt says: headings, labels and sentences."""

TITLE = "Carbon receipt"
AUTHOR = "CarbonLedger"
USAGE_IN = "AI usage in {period}"
SUBJECT = "Estimated gross emissions of AI usage, and credits retired"

SERIAL = "Serial"
PERIOD = "Period (UTC)"
CLOSED = "Closed"
ISSUER = "Issuer"
SUPERSEDES = "Replaces"
CONTINUED = "{title} {serial}"
PAGE = "Page {number} of "

TEST_MARK = "TEST"
TEST_SENTENCE = "A test receipt of a test issuer: it states nothing about the world, and no credit was retired for it."

EMISSIONS = "Estimated gross emissions"
RANGE = "{low} to {high}"
HOW_ESTIMATED = "{basis}. Method {version}."
BASIS = "Location-based, modelled, not measured"
LOW, CENTRAL, HIGH = "low", "central", "high"
EXACT_MASS = "µg CO₂e"
ENERGY = "Energy"
REQUESTS = "Requests"
TOKENS = "Tokens"
COUNTERS = {
    "uncachedInput": "Uncached input",
    "cacheRead": "Cache read",
    "cacheWrite5m": "Cache write, 5 min",
    "cacheWrite1h": "Cache write, 1 h",
    "output": "Output",
}
UNKNOWN = "–"

CREDITS = "Credits retired"
CREDITS_APART = "Stated apart from the emissions above, which they do not change."
NO_CREDITS = "No credits are allotted to this receipt."
ALLOTTED = "{grams} of retired credits are allotted to this receipt."
POOLED = "Grams {first} to {after} of a retirement of whole units, shared by several receipts."
WHOLE_RULE = (
    "Whole grams up to the central estimate; the rest is carried into the next period. What the stock of credits did"
    " not cover is stated as not covered."
)
CARRIED_IN, CARRIED_OUT, NOT_COVERED = "Carried in", "Carried out", "Not covered"
COVERAGE_LIMIT = "Coverage limit"
NO_LIMIT = "none"
CREDIT_FIELDS = {
    "registryRetirementId": "Retirement",
    "retiredOn": "Retired on",
    "beneficiary": "Beneficiary",
    "onBehalfOf": "On behalf of",
    "reason": "Reason",
    "accountHolder": "Account holder",
    "methodology": "Methodology",
    "mitigationClass": "Kind",
    "vintageYear": "Vintage",
    "ccpLabel": "Label",
}
SERIAL_NUMBERS = "Serial numbers"
INTERVAL = "Allotted"
REGISTRY_LINK = "Registry"
LABEL_AS_OF = "{label} (read {day})"
DURABILITY = "{kind}, {years} years"
IN_COUNTRY = "{registry} {project} · {country} · {type}"

STATEMENT = "Statement"
USAGE = "Usage of the period"
BY_MODEL, BY_PROJECT = "By model", "By project"
MODEL, PROJECT, ESTIMATE, RANGE_HEADING = "Model", "Project", "Estimate", "Range"
NO_MODEL = "model not named"
CLASS = "{provider} · class {model_class}"
OTHERS = {"model": "{count} smaller models, added up", "project": "{count} smaller projects, added up"}
ALL_ROWS = "Every row with its exact figures: see “Exact figures”."
TOTAL = "Usage of the period"
ADJUSTMENTS = "Adjustments of earlier periods"
ADJUSTMENTS_SAY = "Usage that a provider reported late or corrected after its period was closed. Part of the total."
ADJUSTMENT_TOTAL = "Adjustments"
ORIGIN = "Origin"
STATED = "Stated by this receipt"
NOTHING_USED = "No usage in this period."
OTHER_LINES = "{count} smaller adjustments, added up"

COVERAGE = "Coverage"
COVERED = "Usage is known for {known} of {all} hours of the period."
HOLES_SAY = "In these hours no provider could be read; nothing is added for them:"
MORE_HOLES = "The other {count} are listed under “Exact figures”."

METHOD = "Method"
METHOD_SAYS = (
    "Factor set {version}: tokens of each counter times the factor of the model’s class and host. Training, storage,"
    " networks and devices are outside it. Low and high are bounds of the model, not of a measurement."
)

VERIFY = "Check this receipt without trusting us"
STEPS = (
    ("Open the page.", "Scan the code or open the link: it shows the receipt, its signature and its place in the log."),
    ("Or check it offline.", "“carbonledger receipts verify FILE” takes this PDF; receipt.json is attached to it."),
    ("Compare.", "The signed receipt.json rules. Its SHA-256, key and log index are printed below."),
)
DOCUMENT_HASH = "SHA-256 of receipt.json"
KEY = "Key"
LOG = "Log"
LOG_PLACE = "index {index} in {origin}, tree size {size}"
PAGE_ADDRESS = "Page"
QR_TEXT = "QR code of the verification page"

EXACT = "Exact figures"
EXACT_SAYS = (
    "Each number as the signed receipt has it. First line of a row: emissions in micrograms CO₂e, energy in"
    " micro-watt-hours. Second line: tokens by counter, requests."
)
EXACT_FIRST = ("emissions low", "central", "high", "energy low", "central", "high")
EXACT_SECOND = ("uncached input", "cache read", "write 5 min", "write 1 h", "output", "requests")
FACTS = "Facts of the receipt"
FACT_NAMES = {
    "id": "Id",
    "receiptId": "Receipt id",
    "schema": "Schema",
    "schemaVersion": "Schema version",
    "tier": "Plan",
    "start": "Period from",
    "end": "Period to",
    "closedAt": "Closed at",
    "factorSet": "Factor set SHA-256",
    "sealedUsage": "Sealed usage",
    "sealedUsageRows": "{rows} rows, SHA-256 {sha256}",
    "retirement": "Rule",
    "verificationMethod": "Signed by",
    "proofValue": "Signature",
    "holes": "Hours without usage data",
    "credit": "Credit {number}",
}

ATTACHED_RECEIPT = "The signed receipt, which these pages print"
ATTACHED_PROOF = "Proof that the transparency log holds the receipt"
