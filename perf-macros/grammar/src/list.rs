//! Goes through plain lists.

/// The value that a word stands for.
#[must_use]
pub fn of_word<T: Copy>(all: &[T], word: fn(T) -> &'static str, text: &str) -> Option<T> {
    for one in all {
        if word(*one) == text {
            return Some(*one);
        }
    }
    None
}

/// The first value of a list that is meant.
///
/// NOTE: `iter().find(..)` was rejected for plain lists, as `map` below.
pub fn first<T>(values: &[T], is_meant: impl Fn(&T) -> bool) -> Option<&T> {
    let mut at = 0;
    while at < values.len() {
        if is_meant(&values[at]) {
            return Some(&values[at]);
        }
        at += 1;
    }
    None
}

/// Where the first value of a list stands that is meant.
pub fn position<T>(values: &[T], is_meant: impl Fn(&T) -> bool) -> Option<usize> {
    let mut at = 0;
    while at < values.len() {
        if is_meant(&values[at]) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// What a function makes of each value of a list.
///
/// NOTE: `iter().map(..).collect()` was rejected for plain lists: it is five functions of
/// the standard library, compiled anew for each function.
pub fn mapped<'v, T, U>(values: &'v [T], mut map: impl FnMut(&'v T) -> U) -> Vec<U> {
    // PERF: room and an iterator would be two thirds of what each function compiles.
    let (mut all, mut at) = (Vec::new(), 0);
    while at < values.len() {
        all.push(map(&values[at]));
        at += 1;
    }
    all
}
