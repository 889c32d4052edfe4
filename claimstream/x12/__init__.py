"""What the x12 commands do: report on a file, answer it, find segments in it, read claims to be written."""
