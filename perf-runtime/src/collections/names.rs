//! Values by their names, in the order of the names.
//!
//! NOTE: `BTreeMap` was rejected for maps that hold a few values: each type of value
//! compiles its tree anew, and seven were a twelfth of what building this crate costs.

use std::cmp::Ordering;
use std::mem;

/// A map from names to values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Names<T>(Vec<(String, T)>);

impl<T> Names<T> {
    pub(crate) const fn new() -> Names<T> {
        Names(Vec::new())
    }

    /// Where the name stands, or would.
    fn place(&self, name: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.0.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.0[middle].0.as_str().cmp(name) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// Sets the value of a name; the one it had before.
    pub(crate) fn insert(&mut self, name: String, value: T) -> Option<T> {
        match self.place(&name) {
            Ok(place) => Some(mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (name, value));
                None
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        match self.place(name) {
            Ok(place) => Some(&self.0[place].1),
            Err(_) => None,
        }
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        match self.place(name) {
            Ok(place) => Some(&mut self.0[place].1),
            Err(_) => None,
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<T> {
        match self.place(name) {
            Ok(place) => Some(self.0.remove(place).1),
            Err(_) => None,
        }
    }

    #[cfg(any(unix, feature = "instructions", feature = "meters", test))]
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    #[cfg(any(feature = "instructions", feature = "meters"))]
    pub(crate) fn extend(&mut self, more: impl IntoIterator<Item = (String, T)>) {
        for (name, value) in more {
            self.insert(name, value);
        }
    }

    #[cfg(any(unix, feature = "meters", test))]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (String, T)> {
        self.0.iter()
    }

    pub(crate) fn into_vec(self) -> Vec<(String, T)> {
        self.0
    }
}

impl<T> Default for Names<T> {
    fn default() -> Names<T> {
        Names::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_value_and_they_stand_in_order() {
        let mut names = Names::new();
        for (name, value) in [("b", 1), ("c", 2), ("a", 3), ("b", 4)] {
            names.insert(name.to_owned(), value);
        }
        let all: Vec<(&str, i32)> = names
            .iter()
            .map(|(name, value)| (&**name, *value))
            .collect();
        assert_eq!(all, [("a", 3), ("b", 4), ("c", 2)]);
        assert_eq!((names.get("c"), names.get("d")), (Some(&2), None));
        assert_eq!((names.remove("b"), names.remove("b")), (Some(4), None));
        assert_eq!((names.len(), names.contains("a")), (2, true));
        *names.get_mut("a").expect("it is there") += 1;
        assert_eq!(names.get("a"), Some(&4));
    }
}
