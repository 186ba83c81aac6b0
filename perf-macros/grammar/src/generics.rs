//! The angle brackets in names of Rust's functions, as compilers and symbol tables write them.

/// Where the `<` is closed that stands before a text.
#[must_use]
pub fn closing_bracket(text: &str) -> Option<usize> {
    let (mut depth, mut before) = (1, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            // The arrow of a function type closes nothing.
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        before = c;
    }
    None
}

/// The type and the trait of `T as Trait`, outside of any brackets.
#[must_use]
pub fn split_as(text: &str) -> Option<(&str, &str)> {
    const AS: &str = " as ";
    let (mut depth, mut before) = (0_i32, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' => depth -= 1,
            ' ' if depth == 0 && text[at..].starts_with(AS) => {
                return Some((&text[..at], &text[at + AS.len()..]));
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// `a::b::c` and `a::B::c` of `a::b::<u8>::c` and `a::B<T>::c`.
#[must_use]
pub fn without_generics(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let (mut depth, mut before) = (0_u32, ' ');
    for c in path.chars() {
        match c {
            '<' => {
                if depth == 0 && out.ends_with("::") {
                    out.truncate(out.len() - 2);
                }
                depth += 1;
            }
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_paired_and_arrows_are_none() {
        assert_eq!(closing_bracket("A<B> as C>::f"), Some(9));
        assert_eq!(closing_bracket("fn(u8) -> B>::f"), Some(11));
        assert_eq!(closing_bracket("A<B>"), None);
        let halves = split_as("<A as B>::C as D<E as F>");
        assert_eq!(halves, Some(("<A as B>::C", "D<E as F>")));
        assert_eq!(split_as("(A as B)"), None);
        assert_eq!(without_generics("a::b::<u8>::c"), "a::b::c");
        assert_eq!(without_generics("a::B<fn(u8) -> C<D>>::c::<E>"), "a::B::c");
    }
}
