//! OpenID Connect relying party, sans-IO: requests out, answers in, verdicts.
