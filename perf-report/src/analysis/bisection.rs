//! Finds the commit after which something is worse, by looking at as few as it can.

use std::collections::BTreeSet;

/// What a look at a commit showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As good as the first.
    Good,
    /// As bad as the last.
    Bad,
    /// Nothing: it does not build, or is not decided.
    Nothing,
}

/// A row of commits, the last of which is bad; the one before the first is good.
#[derive(Clone, Debug)]
pub(crate) struct Halving {
    /// Commits from here on are not known to be good.
    from: usize,
    /// The first that is known to be bad.
    bad: usize,
    silent: BTreeSet<usize>,
}

impl Halving {
    /// A row of this many commits; `None` where there is none.
    pub(crate) fn new(commits: usize) -> Option<Halving> {
        Some(Halving {
            from: 0,
            bad: commits.checked_sub(1)?,
            silent: BTreeSet::new(),
        })
    }

    /// The commit to look at next: the one nearest to the middle that has not shown
    /// nothing; `None` when no look can tell more.
    pub(crate) fn next(&self) -> Option<usize> {
        let middle = usize::midpoint(self.from, self.bad);
        (self.from..self.bad)
            .filter(|commit| !self.silent.contains(commit))
            .min_by_key(|commit| commit.abs_diff(middle))
    }

    /// Takes what a look showed.
    pub(crate) fn take(&mut self, commit: usize, shown: Shown) {
        match shown {
            Shown::Good => self.from = self.from.max(commit + 1),
            Shown::Bad => self.bad = self.bad.min(commit),
            Shown::Nothing => {
                self.silent.insert(commit);
            }
        }
    }

    /// The commits of which one made it bad: one, unless some showed nothing.
    pub(crate) fn suspects(&self) -> std::ops::RangeInclusive<usize> {
        self.from..=self.bad
    }

    /// About how many looks are left.
    pub(crate) fn left(&self) -> u32 {
        let open = (self.bad - self.from.min(self.bad)) as u64;
        u64::BITS - open.leading_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks until nothing more can be told; how often, and the suspects.
    fn halved(commits: usize, culprit: usize, silent: &[usize]) -> (usize, Vec<usize>) {
        let mut halving = Halving::new(commits).expect("commits");
        let mut looks = 0;
        while let Some(commit) = halving.next() {
            looks += 1;
            let shown = match (silent.contains(&commit), commit >= culprit) {
                (true, _) => Shown::Nothing,
                (false, true) => Shown::Bad,
                (false, false) => Shown::Good,
            };
            halving.take(commit, shown);
        }
        (looks, halving.suspects().collect())
    }

    #[test]
    fn every_culprit_is_found_in_few_looks() {
        for culprit in 0..100 {
            let (looks, suspects) = halved(100, culprit, &[]);
            assert_eq!(suspects, [culprit]);
            assert!(looks <= 7, "{culprit}: {looks}");
        }
        assert_eq!(halved(1, 0, &[]), (0, vec![0]));
        assert!(Halving::new(0).is_none());
    }

    #[test]
    fn where_commits_show_nothing_several_are_left() {
        assert_eq!(halved(8, 4, &[3, 4]).1, [3, 4, 5]);
        assert_eq!(halved(8, 6, &[0, 1, 2]).1, [6]);
        assert_eq!(halved(3, 2, &[0, 1]).1, [0, 1, 2]);
    }
}
