"""The doctor: what is wrong between this project and its provider, why, and what mends it.

It reads, asks and words; what an answer of the provider means is decided in Rust (`_core.Symptom`).
"""
