"""Backfills: files whose one statement is run in batches by key, each batch a transaction with its progress."""
