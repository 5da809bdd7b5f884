//! The ways out. RP-Initiated Logout 1.0, Back-Channel Logout 1.0, Front-Channel Logout 1.0.

pub mod back_channel;
pub mod front_channel;
pub mod rp_initiated;
