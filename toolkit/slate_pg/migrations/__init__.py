"""From files to the ledger: read, ordered, applied one at a time, rolled back."""
