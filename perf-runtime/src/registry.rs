//! Every case of this binary.

use crate::case::Case;

/// One registered case; generated code submits one for each attribute.
#[derive(Debug)]
pub struct Entry(pub &'static Case);

inventory::collect!(Entry);

/// Every case that this binary registers, in id order.
pub(crate) fn registered() -> Vec<&'static Case> {
    let mut cases: Vec<&'static Case> = inventory::iter::<Entry>().map(|entry| entry.0).collect();
    cases.sort_by_cached_key(|case| case.id());
    cases
}
