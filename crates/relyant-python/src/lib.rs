//! The Python binding: one file a class, no decision of its own.
