//! Tests through the public doors: HTTP, the client, the command line.
