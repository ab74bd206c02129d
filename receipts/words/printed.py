"""What the printed receipt says: headings, labels and sentences."""

TITLE = "Carbon receipt"
AUTHOR = "CarbonLedger"
USAGE_IN = "AI usage in {period}"
SUBJECT = "Estimated gross emissions of AI usage, and credits retired"

SERIAL = "Serial"
CLOSED = "Closed"
ISSUER = "Issuer"
SUPERSEDES = "Replaces"
CONTINUED = "{title} {serial}"
PAGE = "Page {number} of "

TEST_MARK = "TEST"
TEST_SENTENCE = "A test receipt of a test issuer. Usage and credits in it may be simulated: it is evidence of neither."

EMISSIONS = "Estimated gross emissions"
RANGE = "{low} to {high}"
METHOD_VERSION = "Method {version}"
BASIS = "Location-based, modelled, not measured"
LOW, HIGH = "low", "high"
EXACTLY = "Exactly {central} µg CO₂e ({low} to {high})"
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
POOLED = "Grams {first} to {after} of the retirement, which is of whole units and may be shared by several receipts."
WHOLE_RULE = (
    "Credits are allotted in whole grams, rounded up; what was rounded up is carried and counts for the next period."
    " What is beyond the plan’s coverage limit is not covered."
)
CARRIED_IN, CARRIED_OUT, NOT_COVERED = "Carried in", "Carried out", "Not covered"
COVERAGE_LIMIT = "Coverage limit"
NO_LIMIT = "none"
CREDIT_FIELDS = {
    "registryRetirementId": "Retirement",
    "retiredOn": "Retired on",
    "beneficiary": "Beneficiary",
    "accountHolder": "Account holder",
    "methodology": "Methodology",
    "mitigationClass": "Kind",
    "vintageYear": "Vintage",
    "ccpLabel": "Label",
}
ON_BEHALF_OF, REASON = "On behalf of", "Reason"
SERIAL_NUMBERS = "Serial numbers"
INTERVAL = "Allotted"
REGISTRY_LINK = "Registry"
LABEL_AS_OF = "{label} (read {day})"
DURABILITY = "{kind}, {years} years"
SEPARATOR = " · "

USAGE = "Usage of the period"
BY_MODEL, BY_PROJECT = "By model", "By project"
MODEL, PROJECT, ESTIMATE, RANGE_HEADING = "Model", "Project", "Estimate", "Range"
NO_MODEL = "model not named"
CLASS = "{provider} · class {model_class}"
PROVIDERS = {"anthropic": "Anthropic", "openai": "OpenAI", "openrouter": "OpenRouter"}
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
COVERED = "Usage is known for {known} hours of the period, {missing} hours are missing."
HOLES_SAY = "In these hours not every connected provider could be read, and nothing was put in their place:"
MORE_HOLES = "The other {count} are listed under “Exact figures”."

METHOD = "Method"
METHOD_SAYS = (
    "Factor set {version}: tokens of each counter times the factor of the model’s class and host. Training, storage,"
    " networks and devices are outside it. Low and high are bounds of the model, not of a measurement."
)

VERIFY = "Check this receipt without trusting us"
STEPS = (
    ("On the web", "Scan the code or open the link: the page shows receipt, signature and log."),
    ("Offline", "“carbonledger receipts verify FILE” checks this PDF; receipt.json is attached to it."),
    ("By hand", "The signed receipt.json rules. Compare its SHA-256, key and log index with these:"),
)
DOCUMENT_HASH = "SHA-256"
KEY = "Key"
LOG = "Log"
LOG_PLACE = "index {index} in {origin}, tree size {size}"
PAGE_ADDRESS = "Page"

EXACT = "Exact figures"
EXACT_SAYS = (
    "Each number as the signed receipt has it. First line of a row: emissions in micrograms CO₂e, energy in"
    " micro-watt-hours. Second line: tokens by counter,"
    " requests. A dash stands where a provider did not say."
)
EXACT_FIRST = ("emissions low", "central", "high", "energy low", "central", "high")
EXACT_SECOND = ("uncached input", "cache read", "write 5 min", "write 1 h", "output", "requests")
FACTS = "Facts of the receipt"
SEALED_USAGE = "{format}, {rows} rows, SHA-256 {sha256}"
ADJUSTMENT = "Adjustment of {start} to {end}:"
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
    "sealedUsage": "Sealed usage file",
    "retirement": "Credits retired",
    "verificationMethod": "Signed by",
    "proofValue": "Signature",
    "holes": "Hours without usage data",
    "credit": "Credit {number}",
}

ATTACHED_RECEIPT = "The signed receipt, which these pages print"
ATTACHED_PROOF = "Proof that the transparency log holds the receipt"
