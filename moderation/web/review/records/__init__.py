"""What was done, to read and to take along: the log, exports, statements of reasons."""
