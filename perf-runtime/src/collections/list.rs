//! Goes through plain lists.

/// The value that a word stands for.
pub(crate) fn of_word<T: Copy>(all: &[T], word: fn(T) -> &'static str, text: &str) -> Option<T> {
    for one in all {
        if word(*one) == text {
            return Some(*one);
        }
    }
    None
}

/// What a function makes of each value of a list.
///
/// NOTE: `iter().map(..).collect()` was rejected for plain lists: it is five functions of
/// the standard library, compiled anew for each function.
pub(crate) fn mapped<'v, T, U>(values: &'v [T], mut map: impl FnMut(&'v T) -> U) -> Vec<U> {
    let mut all = Vec::with_capacity(values.len());
    for value in values {
        all.push(map(value));
    }
    all
}
