//! JOSE: bytes in, verified bytes out; no clock, no network, no OpenID word.
