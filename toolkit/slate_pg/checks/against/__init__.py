"""What merging another branch would do: the files of both sides, and what they build in either order."""
