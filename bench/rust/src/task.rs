//! A task: something that is done over and over while a clock runs.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one task runs in one round: long enough for a clock of 1 µs, short enough for many rounds.
const SLICE: Duration = Duration::from_millis(40);

/// A named piece of work that can say whether it came out right.
pub(crate) struct Task<'t> {
    /// The name of the row.
    pub(crate) name: String,
    work: Box<dyn Fn() -> bool + 't>,
}

impl<'t> Task<'t> {
    pub(crate) fn new(name: impl Into<String>, work: impl Fn() -> bool + 't) -> Self {
        Self {
            name: name.into(),
            work: Box::new(work),
        }
    }

    /// Nanoseconds for one run, over one slice. Fails if a run does: a refusal is quicker than an answer.
    pub(crate) fn nanoseconds(&self) -> Result<f64, Box<dyn Error>> {
        let mut runs = 0_u32;
        let started = Instant::now();
        while started.elapsed() < SLICE {
            for _ in 0..8 {
                if !black_box((self.work)()) {
                    return Err(format!("`{}` failed", self.name).into());
                }
            }
            runs += 8;
        }
        Ok(started.elapsed().as_secs_f64() * 1e9 / f64::from(runs))
    }
}
