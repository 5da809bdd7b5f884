//! A memory that forgets: what a development provider keeps must not grow for as long as it runs.

use std::collections::HashMap;

/// Entries of one kind that are kept; the oldest go first. Enough for any test, small beside a laptop.
const CAPACITY: usize = 10_000;

/// A map that holds at most [`CAPACITY`] entries and forgets the oldest.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    entries: HashMap<String, (u64, T)>,
    put_so_far: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            put_so_far: 0,
        }
    }
}

impl<T> Shelf<T> {
    /// Remembers a value.
    pub(crate) fn put(&mut self, key: String, value: T) {
        if self.entries.len() >= CAPACITY {
            self.forget_older_half();
        }
        self.put_so_far += 1;
        self.entries.insert(key, (self.put_so_far, value));
    }

    fn forget_older_half(&mut self) {
        let mut ages: Vec<u64> = self.entries.values().map(|(age, _)| *age).collect();
        ages.sort_unstable();
        let median = ages.get(ages.len() / 2).copied().unwrap_or_default();
        self.entries.retain(|_, (age, _)| *age >= median);
    }

    /// The value, if it is still known.
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// As [`Self::get`], to be changed.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    /// All values, in no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.values().map(|(_, value)| value)
    }

    /// As [`Self::values`], to be changed.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.values_mut().map(|(_, value)| value)
    }

    /// Forgets one value.
    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// Forgets all values that aren't to be kept.
    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.entries.retain(|_, (_, value)| keep(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_shelf_forgets_the_oldest() {
        let mut shelf = Shelf::default();
        for number in 0..=CAPACITY {
            shelf.put(number.to_string(), number);
        }
        assert!(shelf.entries.len() <= CAPACITY);
        assert_eq!(shelf.get("0"), None);
        assert_eq!(shelf.get(&CAPACITY.to_string()), Some(&CAPACITY));
    }
}
