"""Every sentence that receipts say to people: the statement, the printed pages, the mail. One catalogue.

What they may never say is listed, with its reasons, in tests/test_wording.py, which reads every sentence here and in
everything else that people see.
"""
