use std::time::Instant;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, black_box, criterion_group, criterion_main};
use guide::parse;

fn text(lines: usize) -> String {
    "name = demo\n".repeat(lines)
}

fn parses(c: &mut Criterion) {
    let long = text(1_000);
    c.bench_function("parse", |b| b.iter(|| parse(black_box(&long))));
    c.bench_function("sort", |b| {
        b.iter_batched(
            || parse(&text(100)),
            |mut pairs| {
                pairs.sort();
                pairs
            },
            BatchSize::SmallInput,
        )
    });
    let mut group = c.benchmark_group("sizes");
    for lines in [10, 100] {
        group.throughput(Throughput::Elements(lines as u64));
        group.bench_with_input(BenchmarkId::from_parameter(lines), &text(lines), |b, text| {
            b.iter(|| parse(text))
        });
    }
    group.finish();
    c.bench_function("by hand", |b| b.iter_custom(|times| {
        let start = Instant::now();
        (0..times).for_each(|_| drop(parse("a = b")));
        start.elapsed()
    }));
}

criterion_group!(benches, parses);
criterion_main!(benches);
