//! The specifications, section by section: one valid key or token, one mutation, the exact refusal; and published vectors, whole.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

mod messages;
mod private_keys;
mod rfc7468;
mod rfc7515_appendix_a;
mod rfc7515_section_4;
mod rfc7515_section_5_2;
mod rfc7516_appendix_a;
mod rfc7516_section_4;
mod rfc7516_section_5_2;
mod rfc7517_appendix_a;
mod rfc7517_section_4;
mod rfc7517_section_5;
mod rfc7518_section_3;
mod rfc7518_section_3_2;
mod rfc7518_section_6;
mod rfc8037_appendix_a;
mod tokens;
mod wycheproof;
mod wycheproof_jwe;
