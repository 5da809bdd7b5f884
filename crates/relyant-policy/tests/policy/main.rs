//! The policy from outside: its document, its evaluation, what a real provider's claims make of it, and what holds for all.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

mod beer;
mod conditions;
mod conditions_document;
mod conditions_properties;
mod conditions_words;
mod document;
mod evaluate;
mod golden;
mod keycloak;
mod lint;
mod properties;
mod shapes;
mod user_fields;
mod withheld;
