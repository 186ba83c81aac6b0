//! Every case of this binary.

use std::sync::LazyLock;

use crate::collections::{mapped, order};
use crate::model::case::Case;
use crate::model::params;
use crate::model::sample::caught;
use crate::model::subject::{Body, Family};
use crate::system::exit::Unfinished;

/// One registered case; generated code submits one for each attribute.
#[derive(Debug)]
pub struct Entry(pub &'static Case);

inventory::collect!(Entry);

/// A case that is measured, and the case that its attribute registered: the
/// same, unless the function has `args`.
#[derive(Clone, Copy)]
struct Known {
    case: &'static Case,
    template: &'static Case,
}

/// Every case that this binary registers, in id order; of a function with
/// `args`, one for each of them.
#[inline(never)]
pub(crate) fn registered() -> Vec<&'static Case> {
    mapped(known(), |known| known.case)
}

/// The cases that a registered one stands for: itself, or one for each of its
/// `args`.
pub(crate) fn members(template: &'static Case) -> Vec<&'static Case> {
    let mut members = Vec::new();
    for known in known() {
        if std::ptr::eq(known.template, template) {
            members.push(known.case);
        }
    }
    if members.is_empty() {
        members.push(template);
    }
    members
}

/// Made once a process: whatever is asked for later is the same case, at the
/// same address.
#[inline(never)]
fn known() -> &'static [Known] {
    static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
        let mut all: Vec<Known> = Vec::new();
        for entry in inventory::iter::<Entry>() {
            for case in cases_of(entry.0) {
                let template = entry.0;
                add(&mut all, Known { case, template });
            }
        }
        all
    });
    &KNOWN
}

/// Keeps the order of ids; of cases with one id, which the linker gives in any order, the
/// one that stands first in the source is first.
fn add(all: &mut Vec<Known>, new: Known) {
    let (id, place) = (new.case.id(), &new.case.place);
    let at = order::place(all, |known| {
        let other = &known.case.place;
        let of_source = || {
            let lines = other.file.cmp(place.file).then(other.line.cmp(&place.line));
            lines.then(other.column.cmp(&place.column))
        };
        let order = known.case.id().as_str().cmp(&id).then_with(of_source);
        order.is_le()
    });
    all.insert(at, new);
}

/// The registered case of this id.
pub(crate) fn by_id(id: &str) -> Option<&'static Case> {
    let known = known();
    place(known, id).ok().map(|place| known[place].case)
}

/// Where the case of this id stands, or would.
fn place(known: &[Known], id: &str) -> Result<usize, usize> {
    known.binary_search_by(|known| known.case.id().as_str().cmp(id))
}

fn cases_of(template: &'static Case) -> Vec<&'static Case> {
    let Body::Family(family) = template.body else {
        return vec![template];
    };
    let unfinished = Unfinished::new(format!(
        "the process ended while the `args` of {} were listed, so no budget of this target was judged",
        template.id()
    ));
    let labels = caught(family.labels);
    drop(unfinished);
    match labels {
        Ok(labels) if !labels.is_empty() => {
            let mut members = Vec::new();
            for (at, label) in labels.iter().enumerate() {
                members.push(member(template, family, at, label));
            }
            members
        }
        // One case that fails for the same reason, so that the others run.
        _ => vec![leaked(Case {
            body: Body::Member(family, 0),
            ..*template
        })],
    }
}

fn member(template: &'static Case, family: Family, at: usize, label: &str) -> &'static Case {
    let path = format!("{}/{}", template.module_path, params::in_id(label));
    leaked(Case {
        module_path: Box::leak(path.into_boxed_str()),
        body: Body::Member(family, at),
        ..*template
    })
}

/// Cases live as long as the process; as many as there are arguments.
fn leaked(case: Case) -> &'static Case {
    Box::leak(Box::new(case))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::case::Place;
    use crate::model::params::{Answer, family as answer};
    use crate::model::subject::{Calls, Subject};

    const fn template(family: Family) -> Case {
        Case {
            package: "app",
            module_path: "app::parser::parses",
            place: Place {
                file: "src/parser.rs",
                line: 1,
                column: 1,
            },
            ..Case::fixture(Body::Family(family))
        }
    }

    fn ask(at: Option<usize>, list: &[u32]) -> Answer {
        let subject = |n: u32| -> Box<dyn Subject> {
            Box::new(Calls::new(
                move || n,
                |n| n,
                |n: &u32| (*n > 50).then(|| n.to_string()),
            ))
        };
        answer(at, list, subject, u32::to_string)
    }

    static TWO: Case = template(Family {
        labels: || ask(None, &[10, 100]).labels(),
        make: |at| ask(Some(at), &[10, 100]).subject(),
    });
    static NONE: Case = template(Family {
        labels: || ask(None, &[]).labels(),
        make: |at| ask(Some(at), &[]).subject(),
    });
    static PANICS: Case = template(Family {
        labels: || panic!("no list today"),
        make: |_| panic!("no list today"),
    });

    #[test]
    fn each_argument_is_a_separate_case() {
        let cases = cases_of(&TWO);
        let ids: Vec<String> = cases.iter().map(|case| case.id()).collect();
        assert_eq!(ids, ["app::parser::parses/10", "app::parser::parses/100"]);
        assert_eq!(cases[0].test_name(), "parser::parses/10::perf_budget");
        assert_eq!(cases[0].harness_name(), "parser::parses::perf_budget");
        let failures = cases.iter().map(|case| {
            let Body::Member(family, at) = case.body else {
                panic!("a member is measured")
            };
            let mut subject = (family.make)(at);
            subject.prepare(1);
            subject.call();
            subject.finish()
        });
        assert_eq!(failures.collect::<Vec<_>>(), [None, Some("100".to_owned())]);
    }

    #[test]
    fn cases_of_one_id_stand_as_in_the_source() {
        let at = |file, line| {
            let place = Place {
                file,
                line,
                column: 1,
            };
            let case = leaked(Case { place, ..TWO });
            Known {
                case,
                template: case,
            }
        };
        let mut all = Vec::new();
        for (file, line) in [("b.rs", 1), ("a.rs", 9), ("a.rs", 10), ("a.rs", 2)] {
            add(&mut all, at(file, line));
        }
        let found = all.iter().map(|known| known.case.place);
        let found: Vec<_> = found.map(|place| (place.file, place.line)).collect();
        assert_eq!(found, [("a.rs", 2), ("a.rs", 9), ("a.rs", 10), ("b.rs", 1)]);
    }

    #[test]
    fn a_list_that_cannot_be_had_is_one_case_that_fails() {
        for template in [&NONE, &PANICS] {
            let [case] = cases_of(template)[..] else {
                panic!("one case stands for the list")
            };
            assert_eq!(case.id(), "app::parser::parses");
            let Body::Member(family, at) = case.body else {
                panic!("it is entered like any other")
            };
            assert!(caught(|| drop((family.make)(at))).is_err());
        }
    }
}
