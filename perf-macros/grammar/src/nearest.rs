//! The known word that was probably meant.

/// The candidate nearest to `word`, if one is near enough to be a slip of the
/// keyboard: at most a third of the word's letters wrong, swapped or missing.
///
/// The distance is the optimal string alignment distance (Damerau 1964), which
/// counts two swapped neighbours as one slip.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = letters(word);
    let allowed = (word.len() / 3).max(1);
    let mut nearest: Option<(usize, &str)> = None;
    for candidate in candidates {
        let Some(distance) = distance(&word, &letters(candidate), allowed) else {
            continue;
        };
        if nearest.is_none_or(|(least, _)| distance < least) {
            nearest = Some((distance, candidate));
        }
    }
    Some(nearest?.1)
}

fn letters(word: &str) -> Vec<char> {
    let mut letters = Vec::new();
    for letter in word.chars() {
        letters.push(letter);
    }
    letters
}

/// The distance where it is at most `allowed`; it is given up as soon as it
/// cannot be.
fn distance(a: &[char], b: &[char], allowed: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    let (mut before, mut above) = (vec![0; b.len() + 1], Vec::new());
    for i in 0..=b.len() {
        above.push(i);
    }
    // The least of the two rows above: what stands below grows from one of them.
    let mut least = (0, 0);
    for i in 1..=a.len() {
        let (mut row, mut least_of_row) = (vec![i; b.len() + 1], i);
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (above[j] + 1)
                .min(row[j - 1] + 1)
                .min(above[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
            least_of_row = least_of_row.min(row[j]);
        }
        least = (least.1, least_of_row);
        if least.0.min(least.1) > allowed {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    Some(above[b.len()]).filter(|distance| *distance <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let words = ["warmup", "samples", "max_time", "mean"];
        assert_eq!(nearest("warmpu", &words), Some("warmup"));
        assert_eq!(nearest("maxtime", &words), Some("max_time"));
        assert_eq!(nearest("mem", &words), None);
        assert_eq!(nearest("xyzzy", &words), None);
    }
}
