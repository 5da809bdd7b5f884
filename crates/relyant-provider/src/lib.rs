//! A development OpenID provider for laptops and tests, loopback only.
