"""The thirty scenarios of a billing period's life, each from the purchase to the close, and where each is tested.

Here: Stripe over HTTP on a test clock, webhooks doubled and shuffled through the real inbox, real builds of real usage,
real closes, credits that were imported.

==  ====================================================  ==============================================================
 1  Checkout with a good card                             tests/billing/test_checkout.py
 2  Checkout with a declined card                         tests/billing/test_checkout.py
 3  47 h 59 min after the end                             test_paying.py
 4  48 h after the end                                    test_paying.py
 5  the renewal fails                                     test_paying.py
 6  the retry on day three succeeds                       test_paying.py
 7  the retries are exhausted, paid nine days later       test_paying.py
 8  cancel at period end                                  test_changing.py
 9  upgrade in mid-month, good card and bad card          test_changing.py
10  monthly to annual in mid-month (without the anchor)   test_changing.py
11  annual                                                test_long_and_short.py
12  a trial of fourteen days                              test_long_and_short.py
13  collection is paused                                  test_paying.py
14  the first payment fails                               test_paying.py
15  one event five times, four workers                    tests/billing/test_inbox.py
16  payment_failed delivered after paid                   tests/billing/test_inbox.py
17  bad, old and missing signatures; no secret            tests/billing/test_webhooks.py
18  the endpoint was down for four days                   test_trouble.py
19  usage after the freeze                                tests/billing/periods/test_history.py (also T+47 h, T+49 h)
20  writers during the freeze                             tests/billing/periods/test_writers_in_a_freeze.py
21  the stock is too small, then restocked                test_trouble.py
22  killed at each boundary of the close                  tests/billing/periods/test_close_kills.py
23  eight closers                                         tests/billing/periods/test_many_closers.py
24  zero and negative emissions                           test_trouble.py
25  refund and dispute: before, after, won                test_money_back.py
26  months from 31 January (without the anchor)           test_long_and_short.py
27  a second subscription                                 tests/billing/test_checkout.py, test_plan_changes.py
28  an event of the other mode                            test_trouble.py
29  the registry times out after success                  tests/billing/credits/test_retire.py
30  a signing key is replaced                             test_receipts.py
==  ====================================================  ==============================================================

Besides: a purchase in the last second of a month, and a Checkout that is paid after its anchor, in
test_long_and_short.py; two periods that freeze back to back, in tests/billing/periods/test_history.py. What a
subscription does to its periods, without their closes: tests/billing/test_scenarios.py. A close as our API shows it:
tests/billing/periods/test_closes_over_http.py. A month from usage to a third party who verifies its receipt:
test_receipts.py.
"""
