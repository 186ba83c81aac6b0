//! Stands in for the wire form of allocation sites where the Cargo feature
//! `alloc-sites` is off: no record has them.

use crate::report::alloc_sites::Allocations;
use crate::report::json::Json;

pub(crate) fn allocations(_: &mut Json, allocations: &Allocations) {
    match *allocations {}
}
