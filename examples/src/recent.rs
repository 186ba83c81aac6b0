//! What was asked for recently: a bounded map in front of something slower.

use std::collections::HashMap;

/// A map that keeps what is used and forgets what is not.
///
/// It has two generations. New entries go to the young one; when that is full
/// it becomes the old one, and what is left of the old one is dropped. An entry
/// that is found in the old one moves to the young one. So the last
/// `capacity` names that were asked for are always there, and never more than
/// twice as many, with no list to keep in order.
#[derive(Debug)]
pub struct Recent<V> {
    capacity: usize,
    young: HashMap<Box<str>, V>,
    old: HashMap<Box<str>, V>,
}

impl<V> Recent<V> {
    /// An empty map that keeps at least the `capacity` last used entries.
    #[must_use]
    pub fn new(capacity: usize) -> Recent<V> {
        Recent {
            capacity: capacity.max(1),
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// The value of `name`, if it is still here.
    pub fn get(&mut self, name: &str) -> Option<&V> {
        if !self.young.contains_key(name) {
            let (name, value) = self.old.remove_entry(name)?;
            self.put(name, value);
        }
        self.young.get(name)
    }

    /// Sets the value of `name`.
    pub fn insert(&mut self, name: &str, value: V) {
        self.old.remove(name);
        self.put(name.into(), value);
    }

    /// Forgets `name`.
    pub fn remove(&mut self, name: &str) {
        self.young.remove(name);
        self.old.remove(name);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    /// How many entries are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether nothing is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn put(&mut self, name: Box<str>, value: V) {
        if self.young.len() >= self.capacity && !self.young.contains_key(&name) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use perf_runtime::perf_budget;

    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut recent = Recent::new(10);
        recent.insert("used", 0);
        for n in 0..1000 {
            recent.insert(&n.to_string(), n);
            assert_eq!(recent.get("used"), Some(&0), "{n}");
            assert!(recent.len() <= 20, "{n}: {}", recent.len());
        }
        assert_eq!(recent.get("3"), None);
        assert_eq!(recent.get("999"), Some(&999));
    }

    #[test]
    fn a_value_can_be_replaced_and_removed() {
        let mut recent = Recent::new(1);
        recent.insert("a", 1);
        recent.insert("b", 2);
        recent.insert("a", 3);
        assert_eq!(recent.len(), 2);
        assert_eq!(recent.get("a"), Some(&3));
        recent.remove("a");
        assert_eq!(recent.get("a"), None);
        recent.clear();
        assert!(recent.is_empty());
    }

    /// The check for a leak: the map is full after the warm-up, and from then
    /// on a call that stores a thousand new names leaves nothing behind. It
    /// stores whole generations, so that every call ends where it began.
    #[perf_budget(retained = "0B", mem = "2KB", setup = || (Recent::new(100), 0u64))]
    fn a_full_map_does_not_grow((recent, next): &mut (Recent<u64>, u64)) {
        for _ in 0..1000 {
            *next += 1;
            recent.insert(&format!("{next:020}"), *next);
        }
    }
}
