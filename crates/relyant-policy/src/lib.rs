//! Claims to a decision: a total function with reasons.
