//! One value a process: what a forked worker must not share with its parent (connections, locks).
//!
//! A web server may load the site and then fork. A connection that the parent used mustn't be used by the child, and a lock
//! that another thread held at the fork stays locked in the child for ever. So each process has its own value, found
//! by its process id without a lock; what came from the parent is never touched again, nor closed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Forks of forks that get a value that lasts; a process beyond them gets a new one each time.
///
/// A web server's worker is the second of its line, its child process the third.
const MAX_GENERATIONS: usize = 16;

/// A value for each process of a line of forks, made when the process first asks for it.
pub(crate) struct PerProcess<T> {
    generations: [Generation<T>; MAX_GENERATIONS],
}

/// The place of one process. `owner` is claimed first, so that a place whose making was cut short by a fork is known by it.
struct Generation<T> {
    owner: AtomicU32,
    value: OnceLock<T>,
}

/// No process has this id.
const UNCLAIMED: u32 = 0;

impl<T: Clone> PerProcess<T> {
    /// Nothing yet, for any process.
    pub(crate) fn new() -> Self {
        Self {
            generations: std::array::from_fn(|_| Generation {
                owner: AtomicU32::new(UNCLAIMED),
                value: OnceLock::new(),
            }),
        }
    }

    /// This process's value. `make` must neither block nor fail.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> T {
        self.get_for(std::process::id(), make)
    }

    fn get_for(&self, process: u32, make: impl FnOnce() -> T) -> T {
        for generation in &self.generations {
            let claimed = generation.owner.compare_exchange(
                UNCLAIMED,
                process,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            // A place of this very process may be waited for: the thread that makes its value is in this process too.
            if claimed.map_or_else(|owner| owner == process, |_| true) {
                return generation.value.get_or_init(make).clone();
            }
        }
        make()
    }
}

impl<T> Drop for PerProcess<T> {
    /// Forgets what other processes own: to drop a connection may be to write to it.
    fn drop(&mut self) {
        for generation in &mut self.generations {
            if *generation.owner.get_mut() != std::process::id() {
                std::mem::forget(generation.value.take());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    #[test]
    fn each_process_of_a_line_has_its_own_value() {
        let values = PerProcess::new();
        assert_eq!(values.get_for(100, || "parent"), "parent");
        assert_eq!(values.get_for(200, || "child"), "child");
        assert_eq!(values.get_for(100, || "again"), "parent");
        assert_eq!(values.get_for(200, || "again"), "child");
    }

    #[test]
    fn a_place_that_a_fork_cut_short_is_passed_over() {
        let values: PerProcess<&str> = PerProcess::new();
        values.generations[0].owner.store(100, Ordering::Release);
        assert_eq!(values.get_for(200, || "child"), "child");
    }

    #[test]
    fn a_very_long_line_of_forks_goes_without() {
        let values = PerProcess::new();
        for process in 1..=16 {
            assert_eq!(values.get_for(process, || process), process);
        }
        assert_eq!(values.get_for(17, || 17), 17);
        assert_eq!(values.get_for(17, || 18), 18);
    }

    #[test]
    fn threads_of_one_process_share_one_value() {
        let values = Arc::new(PerProcess::new());
        let made = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| values.get(|| made.fetch_add(1, Ordering::SeqCst)));
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_value_whose_making_panicked_is_made_anew() {
        let values = PerProcess::new();
        let make = || values.get_for(100, || panic!("made by a test"));
        assert!(catch_unwind(AssertUnwindSafe(make)).is_err());
        assert_eq!(values.get_for(100, || "again"), "again");
    }

    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn what_the_parent_owned_is_forgotten_and_not_closed() {
        let drops = Arc::new(AtomicUsize::new(0));
        let values = PerProcess::new();
        values.get_for(u32::MAX, || Arc::new(Dropped(Arc::clone(&drops))));
        values.get(|| Arc::new(Dropped(Arc::clone(&drops))));
        drop(values);
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    }
}
