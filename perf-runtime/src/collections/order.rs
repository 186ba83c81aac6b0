//! Puts short lists in order.
//!
//! NOTE: `sort_by` was rejected where a list is short: the standard library compiles its
//! two ways to sort anew for each type and each order.

/// Puts values in order, and leaves equal ones in theirs: by insertion, for some dozens.
pub(crate) fn insertion<T>(values: &mut [T], is_before: impl Fn(&T, &T) -> bool) {
    for end in 1..values.len() {
        let mut place = end;
        while place > 0 && is_before(&values[place], &values[place - 1]) {
            values.swap(place, place - 1);
            place -= 1;
        }
    }
}

/// Where the first value stands that does not come before a place; all that do stand first.
///
/// NOTE: `partition_point` was rejected: it is five times what this compiles for each type.
pub(crate) fn place<T>(values: &[T], is_before: impl Fn(&T) -> bool) -> usize {
    let (mut low, mut high) = (0, values.len());
    while low < high {
        let middle = low.midpoint(high);
        if is_before(&values[middle]) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_stay_in_their_order() {
        let mut values = [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        insertion(&mut values, |one, other| one.0 < other.0);
        assert_eq!(values, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
        insertion(&mut [] as &mut [i32], |one, other| one < other);
    }
}
