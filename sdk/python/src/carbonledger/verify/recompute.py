"""Recompute a receipt from the period's sealed usage file, offline, to the digit.

The file is what a receipt commits to (`credentialSubject.sealedUsage`: format, SHA-256 and number of rows). JSON Lines:
UTF-8, each line canonical JSON (RFC 8785), a line feed after each, the last too. Counts are strings of integers;
decimals are strings without exponent, without trailing zeros and without a point where there is no fraction; what is
not known is null. Times are `YYYY-MM-DDTHH:MM:SSZ`.

Line 1, the header:

    {"format": "carbonledger-sealed-usage-1", "period": {"start", "end"}, "methodologyVersion",
     "carryInMicrograms": decimal, "coverageLimitGrams": count, "factors": count, "rows": count}

Then the factor lines that the rows need, in order of version, class, host, counter and bound (by code point, but
bounds are low, central, high), one a line:

    {"kind": "factor", "version", "class", "host",
     "counter": "uncachedInput" | "cacheRead" | "cacheWrite5m" | "cacheWrite1h" | "output", "bound",
     "microgramsPerToken": decimal, "microWhPerToken": decimal}

Then the rows, in order of bucket start, usage hash, origin start (by code point, null first):

    {"kind": "usage", "usageHash", "bucketStart", "origin": null | {"start", "end"}, "project", "provider",
     "model": text | null, "modelClass", "host", "methodologyVersion",
     "tokens": {"uncachedInput", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output"}, "requests",
     "emissions": null | {"low", "central", "high"}, "energy": null | {"low", "central", "high"}}

`origin` null: usage of the period itself. Else a prior-period adjustment of that paid period: counts are differences to
what earlier closes stated and may be negative. Names are as the receipt prints them.

**Prices.** A row's mass at a bound is the sum, over the counters that are not null, of tokens times the factor of
(methodologyVersion, modelClass, host, counter, bound); null if no counter is known or its class has no factor lines
there (class NA). Requests have no price. Energy likewise. Products and sums are exact, with at most six decimals.

**Rounding.** `emissions`: the exact sum over all rows (null adds nothing), to the nearest microgram, halves away from
zero. `usage.emissions` and `adjustments.emissions` are parts of it, models and projects each parts of `usage`, lines of
adjustments parts of `adjustments`. Parts of a rounded whole: every part is the floor of its exact sum; of what is then
missing, one microgram each goes to the largest remainders, ties to the earlier line. Lines whose rows are all null are
null and take no part. Each bound by itself, energy likewise in micro-Wh. A line's or a total's counter is the sum of
those that are known, null if none is.

**Order of lines.** Models by (provider, model or "", modelClass); projects by name; adjustments by (originStart,
originEnd, provider, model or "", modelClass, methodologyVersion): by code point.

**What was retired.** From the exact numbers: need = central - carry in; grams = min(max(0, ceil(need / 10^6)),
coverage limit); if ceil(need / 10^6) is above the limit, nothing is carried out and need - grams * 10^6 is not covered;
else carry out = grams * 10^6 - need and nothing is uncovered. The receipt prints carry in rounded as above, and to the
digit it holds of the printed numbers that

    central - carryIn = grams * 10^6 - carryOut + notCovered

where x = grams * 10^6 - central + carryIn is what is carried out if it is not negative, else -x is not covered. (The
exact numbers have the same signs, so x differs from the exact amount by less than a microgram.)
"""
