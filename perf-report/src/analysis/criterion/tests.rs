//! What benchmarks become.

use super::{Converted, convert};

const PLAIN: &str = r#"//! How fast it is.

use criterion::{BenchmarkId, BatchSize, Criterion, Throughput, black_box, criterion_group, criterion_main};
use demo::parse;

const SIZES: &[usize] = &[100, 1_000];

/// A text of some lines.
fn text(lines: usize) -> String {
    "a = b\n".repeat(lines)
}

fn all(c: &mut Criterion) {
    let unused = text(7);
    let long = text(1_000);
    c.bench_function("parse", |b| b.iter(|| parse(black_box(&long))));
    c.bench_function("sort a list", |b| {
        b.iter_batched(
            || vec![3, 1, 2],
            |mut list| {
                list.sort();
                list
            },
            BatchSize::SmallInput,
        )
    });
    c.bench_function("sort in place", |b| b.iter_batched_ref(|| vec![3, 1, 2], |list| list.sort(), BatchSize::SmallInput));
}

fn sizes(c: &mut Criterion) {
    let mut group = c.benchmark_group("sizes");
    for &size in SIZES {
        let input = text(size);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::new("parse", size), &input, |b, input| {
            b.iter(|| parse(input))
        });
    }
    group.finish();
}

criterion_group!(benches, all, sizes);
criterion_main!(benches);
"#;

const BUDGETS: &str = r#"//! How fast it is.

use std::hint::black_box;

use perf_runtime::{Bencher, perf_budget};
use demo::parse;

const SIZES: &[usize] = &[100, 1_000];

/// A text of some lines.
fn text(lines: usize) -> String {
    "a = b\n".repeat(lines)
}

#[perf_budget(mean = "1ms", mode = "soft")]
fn parse_case(b: &mut Bencher) {
    let long = text(1_000);
    b.iter(|| parse(black_box(&long)));
}

#[perf_budget(mean = "1ms", mode = "soft")]
fn sort_a_list(b: &mut Bencher) {
    b.iter_with_setup(|| vec![3, 1, 2], |mut list| {
        list.sort();
        list
    });
}

#[perf_budget(mean = "1ms", mode = "soft")]
fn sort_in_place(b: &mut Bencher) {
    b.iter_with_setup(|| vec![3, 1, 2], |mut made| {
        let output = {
            let list = &mut made;
            list.sort()
        };
        (output, made)
    });
}

#[perf_budget(mean = "1ms", mode = "soft", group = "sizes", items = 100)]
fn sizes_parse_100(b: &mut Bencher) {
    let &size = &100;
    let input = text(size);
    let input = &input;
    b.iter(|| parse(input));
}

#[perf_budget(mean = "1ms", mode = "soft", group = "sizes", items = 1_000)]
fn sizes_parse_1_000(b: &mut Bencher) {
    let &size = &1_000;
    let input = text(size);
    let input = &input;
    b.iter(|| parse(input));
}
"#;

fn converted(text: &str) -> Converted {
    convert(text)
        .expect("it is Rust")
        .expect("it uses criterion")
}

#[test]
fn benchmarks_become_budgets_and_the_rest_of_the_file_stays() {
    let made = converted(PLAIN);
    assert_eq!(made.text, BUDGETS);
    assert_eq!(made.left, []);
    assert_eq!(made.budgets.len(), 5);
    syn::parse_file(&made.text).expect("what is written is Rust");
}

#[test]
fn a_file_without_criterion_is_none_and_what_is_no_rust_says_where() {
    assert_eq!(convert("fn main() {}\n"), Ok(None));
    assert_eq!(
        convert("#[divan::bench]\nfn a() {}\nfn main() { divan::main() }\n"),
        Ok(None)
    );
    let wrong = convert("use criterion::Criterion;\nfn a( {\n").expect_err("no Rust");
    assert!(wrong.line >= 2, "{wrong}");
}

/// A function with this body; what is left of it, and how many budgets it becomes.
#[track_caller]
fn left(body: &str, budgets: usize, expected: &[&str]) {
    let text = format!("use criterion::*;\nfn all(c: &mut Criterion) {{\n{body}\n}}\n");
    let made = converted(&text);
    let found: Vec<String> = made.left.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}, expected {expected}");
    }
    assert_eq!(made.budgets.len(), budgets, "{}", made.text);
    syn::parse_file(&made.text).expect("what is written is Rust");
}

#[test]
fn what_cannot_be_converted_is_named_with_its_place() {
    left(
        "c.bench_function(\"a\", |b| b.iter_custom(|n| f(n)));",
        0,
        &["3:29: `iter_custom` takes the time by itself"],
    );
    left(
        "c.bench_function(\"a\", |b| b.to_async(rt()).iter(|| f()));",
        0,
        &["3:29: it is async: write an `async fn`"],
    );
    left(
        "c.bench_function(\"a\", measured);",
        0,
        &["3:1: its body stands in another function"],
    );
    left(
        "c.bench_function(\"a\", |b| { b.iter(f); done(); });",
        0,
        &["is not the last call"],
    );
    left(
        "if fast() { c.bench_function(\"a\", |b| b.iter(f)); }",
        0,
        &["3:1: what is measured here is not known"],
    );
    left(
        "helper(c, 3);",
        0,
        &["3:1: what is measured here is not known"],
    );
    left(
        "for n in sizes() { c.bench_function(\"a\", |b| b.iter(f)); }",
        0,
        &["3:1: a loop over what is known when it runs only"],
    );
    left(
        "for n in 0..500 { c.bench_function(\"a\", |b| b.iter(f)); }",
        0,
        &["a loop of 500 turns"],
    );
    left(
        "let mut g = c.benchmark_group(\"g\");\ng.sample_size(10);\ng.throughput(Throughput::Bytes(9));\ng.bench_function(\"a\", |b| b.iter(f));",
        1,
        &[
            "4:3: `sample_size` has no counterpart",
            "5:3: what a call handles is no number",
        ],
    );
}

#[test]
fn names_are_those_of_benchmarks_and_each_is_there_once() {
    let text = "use criterion::Criterion;\nuse a::{f, parse};\nfn all(c: &mut Criterion) {\n    c.bench_function(\"parse\", |b| b.iter(f)).bench_function(\"parse\", |b| b.iter(f));\n    c.bench_function(\"2 lists\", |b| b.iter(f));\n    c.bench_function(\"match\", |b| b.iter(f));\n    for n in [1, 2] {\n        c.bench_function(&format!(\"of {n}\"), |b| b.iter(|| f(n)));\n    }\n}\n";
    let made = converted(text);
    let expected = [
        "parse_case",
        "parse_2",
        "case_2_lists",
        "case_match",
        "of_1",
        "of_2",
    ];
    assert_eq!(made.budgets, expected);
    assert!(
        made.text.contains("let n = 2;\n    b.iter(|| f(n));"),
        "{}",
        made.text
    );
    assert_eq!(made.left, []);
}

#[test]
fn what_stands_outside_of_benchmark_functions_is_named() {
    let text = "use criterion::*;\nfn inner(b: &mut Bencher) { b.iter(f) }\nfn each(c: &mut Criterion, of: impl Fn()) { c.bench_function(\"each\", |b| b.iter(&of)); }\nfn all(c: &mut Criterion) { c.bench_function(\"a\", |b| b.iter(criterion::black_box(f))); }\nfn main() {}\ncriterion_group! { name = g; config = Criterion::default().sample_size(10); targets = all }\n";
    let made = converted(text);
    let lines: Vec<usize> = made.left.iter().map(|left| left.line).collect();
    assert_eq!(lines, [2, 3, 5, 6]);
    assert_eq!(made.budgets, ["a"]);
    assert!(
        made.text.contains("b.iter(std::hint::black_box(f));"),
        "{}",
        made.text
    );
    assert!(!made.text.contains("fn main"), "{}", made.text);
}
