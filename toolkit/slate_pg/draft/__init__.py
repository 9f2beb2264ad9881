"""`slate draft`: migrations written from the difference of two states, each proven before it is written."""
