"""Verification for anybody: a receipt by its serial number, a file by its contents, and a page that does it offline."""
