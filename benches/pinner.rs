//! The benchmarks of Go's `runtime/pinner_test.go`, by their names, over the heap's public interface.
//!
//! `cargo bench --bench pinner` prints nanoseconds for one turn, as `go test -run xxx -bench Pinner runtime` does, and the marks that
//! are set for them; `-- GO_OUTPUT` reads what that command printed from a file, and prints both side by side, of several runs
//! (`-count 50 -benchtime 2ms`) the best, as here. A turn of a batch pins 1,000 objects. As in the original, each turn makes a pinner of its own. Behind them stand rows that the original has not: a pinner
//! that is used again, and many objects of one span with several pins each.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cotter::heap::{Header, Heap, HeapConfig, Pinner, Pins};

/// Counts requests for memory, so that the claim *a reused pinner asks for none* can be measured.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: all requests go to the system's allocator as they are.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Objects of a batch.
const BATCH: usize = 1000;
/// Bytes of the original's object of three 64-bit integers, and of its smallest.
const OBJECT: usize = 24;
const TINY: usize = 1;
/// How long a row is measured, at least, each time: short, so that some of these times nobody else has the processor.
const ENOUGH: Duration = Duration::from_millis(2);
/// How many times; the best counts.
const TIMES: usize = 50;

/// What a row came to.
struct Row {
    name: &'static str,
    nanoseconds: f64,
    /// Requests for memory in one turn.
    allocations: f64,
    /// What it is to come to at most.
    mark: Option<f64>,
}

/// Runs `turns(n)` with as many turns as take long enough, and says what one turn cost. It returns the time it took itself.
fn measure(mut turns: impl FnMut(u64) -> Duration) -> (f64, f64) {
    let mut count = 4;
    while (0..3).map(|_| turns(count)).min() < Some(ENOUGH) {
        count *= 2;
    }
    let mut best = f64::INFINITY;
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..TIMES {
        best = best.min(turns(count).as_secs_f64() * 1e9 / count as f64);
    }
    let allocations = (ALLOCATIONS.load(Ordering::Relaxed) - before) as f64;
    (best, allocations / (count * TIMES as u64) as f64)
}

/// One thread.
fn alone(mut turn: impl FnMut()) -> (f64, f64) {
    measure(|count| {
        let start = Instant::now();
        for _ in 0..count {
            turn();
        }
        start.elapsed()
    })
}

/// As many threads as there are processors, which share the turns; each has the object of its number.
fn together(objects: &[usize], turn: impl Fn(usize) + Sync) -> (f64, f64) {
    let (threads, turn) = (processors(), &turn);
    measure(|count| {
        let barrier = &Barrier::new(threads);
        let each = count.div_ceil(threads as u64);
        let run = move |object: usize| {
            barrier.wait();
            let start = Instant::now();
            for _ in 0..each {
                turn(black_box(object));
            }
            (start, Instant::now())
        };
        thread::scope(|scope| {
            let running: Vec<_> = objects[..threads].iter().map(|&object| scope.spawn(move || run(object))).collect();
            let times: Vec<_> = running.into_iter().map(|thread| thread.join().expect("a thread that measures")).collect();
            let first = times.iter().map(|&(start, _)| start).min().expect("a thread");
            let last = times.iter().map(|&(_, end)| end).max().expect("a thread");
            last - first
        })
    })
}

fn processors() -> usize {
    thread::available_parallelism().map_or(2, |count| count.get())
}

fn new_heap() -> Heap {
    Heap::new(HeapConfig { off: true, ..HeapConfig::default() })
}

fn objects(heap: &mut Heap, bytes: usize, count: usize) -> Vec<usize> {
    (0..count).map(|_| heap.allocate(bytes, Header::leaf(1, 0, bytes as u64)).payload() as usize).collect()
}

/// Objects of different spans: each thread's is its own, as in Go each processor allocates from spans of its own.
fn objects_apart(heap: &mut Heap, bytes: usize) -> Vec<usize> {
    objects(heap, bytes, processors() * 1024).into_iter().step_by(1024).collect()
}

fn pin_once(pins: &Pins, object: usize) {
    let mut pinner = Pinner::new(pins);
    pinner.pin(black_box(object));
    pinner.unpin();
}

fn pin_twice(pins: &Pins, object: usize) {
    let mut pinner = Pinner::new(pins);
    pinner.pin(black_box(object));
    pinner.pin(black_box(object));
    pinner.unpin();
}

fn batch(heap: &mut Heap, bytes: usize, times: usize) -> (f64, f64) {
    let data = objects(heap, bytes, BATCH);
    let pins = heap.pins();
    alone(|| {
        let mut pinner = Pinner::new(&pins);
        for &object in black_box(&data) {
            for _ in 0..times {
                pinner.pin(object);
            }
        }
        pinner.unpin();
    })
}

/// The thirteen.
fn rows_of_the_original() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |name, mark, (nanoseconds, allocations)| rows.push(Row { name, nanoseconds, allocations, mark });
    let heap = &mut new_heap();
    let pins = &heap.pins();
    row("PinUnpinBatch", None, batch(heap, OBJECT, 1));
    row("PinUnpinBatchDouble", None, batch(heap, OBJECT, 2));
    row("PinUnpinBatchTiny", None, batch(heap, TINY, 1));
    let (object, tiny) = (objects(heap, OBJECT, 1)[0], objects(heap, TINY, 1)[0]);
    row("PinUnpin", Some(30.0), alone(|| pin_once(pins, object)));
    row("PinUnpinTiny", Some(30.0), alone(|| pin_once(pins, tiny)));
    row("PinUnpinDouble", Some(40.0), alone(|| pin_twice(pins, object)));
    let apart = objects_apart(heap, OBJECT);
    let tiny_apart = objects_apart(heap, TINY);
    row("PinUnpinParallel", None, together(&apart, |object| pin_once(pins, object)));
    row("PinUnpinParallelTiny", None, together(&tiny_apart, |object| pin_once(pins, object)));
    row("PinUnpinParallelDouble", None, together(&apart, |object| pin_twice(pins, object)));
    let same = vec![object; processors()];
    let mut pinner = Pinner::new(pins);
    pinner.pin(object);
    let ask = |object: usize| {
        black_box(pins.is_pinned(black_box(object)));
    };
    row("IsPinnedOnPinned", Some(3.0), alone(|| ask(object)));
    pinner.unpin();
    row("IsPinnedOnUnpinned", Some(3.0), alone(|| ask(object)));
    pinner.pin(object);
    row("IsPinnedOnPinnedParallel", Some(3.0), together(&same, ask));
    pinner.unpin();
    row("IsPinnedOnUnpinnedParallel", Some(3.0), together(&same, ask));
    rows
}

/// What the original does not measure.
fn rows_of_our_own() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |name, (nanoseconds, allocations)| rows.push(Row { name, nanoseconds, allocations, mark: None });
    let heap = &mut new_heap();
    let pins = &heap.pins();
    let data = objects(heap, OBJECT, BATCH);
    let mut pinner = Pinner::new(pins);
    let mut reused = || {
        data.iter().for_each(|&object| assert!(pinner.pin(object)));
        pinner.unpin();
    };
    reused();
    row("PinUnpinBatch, one pinner for all", alone(reused));
    let same_span: Vec<usize> = objects(heap, OBJECT, processors());
    row("PinUnpinParallel, neighbours", together(&same_span, |object| pin_once(pins, object)));
    rows
}

/// Pinning an object again and taking that off again, beside so many others of its size that have several pins.
fn rows_by_number() -> Vec<(usize, f64)> {
    [1usize, 10, 100, 1000, 10_000]
        .into_iter()
        .map(|count| {
            let heap = &mut new_heap();
            let pins = heap.pins();
            let data = objects(heap, OBJECT, count);
            data.iter().chain(&data).for_each(|&object| assert!(pins.pin(object).is_some()));
            let mut next = 0;
            let (nanoseconds, _) = alone(|| {
                next = if next + 7 < count { next + 7 } else { 0 };
                black_box(pins.pin(black_box(data[next])));
                black_box(pins.unpin(black_box(data[next])));
            });
            (count, nanoseconds)
        })
        .collect()
}

/// Nanoseconds by name, from what Go printed; the best, where a name stands several times.
fn read_go(text: &str) -> HashMap<String, f64> {
    let rows = text.lines().filter_map(|line| {
        let mut words = line.strip_prefix("BenchmarkPinner")?.split_whitespace();
        let name = words.next()?;
        let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
        let nanoseconds: f64 = words.nth(1)?.parse().ok()?;
        Some((name.to_string(), nanoseconds))
    });
    let mut best = HashMap::new();
    for (name, nanoseconds) in rows {
        let known = best.entry(name).or_insert(nanoseconds);
        *known = nanoseconds.min(*known);
    }
    best
}

fn print(rows: &[Row], go: &HashMap<String, f64>) {
    for Row { name, nanoseconds, allocations, mark } in rows {
        let mark = mark.map_or("–".to_string(), |mark| format!("{mark}"));
        let (there, ratio) = match go.get(*name) {
            Some(there) => (format!("{there:.2}"), format!("{:.2}", nanoseconds / there)),
            None => ("–".to_string(), "–".to_string()),
        };
        println!("| {name} | {nanoseconds:.2} | {there} | {ratio} | {mark} | {allocations:.0} |");
    }
}

fn main() {
    let go_output = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let go = go_output.map_or_else(HashMap::new, |path| read_go(&std::fs::read_to_string(path).expect("Go's output")));
    println!("| benchmark | ns | Go, ns | ratio | mark | requests for memory |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let rows = rows_of_the_original();
    print(&rows, &go);
    print(&rows_of_our_own(), &HashMap::new());
    println!("\n| objects with several pins | pin again and unpin, ns |\n| ---: | ---: |");
    for (count, nanoseconds) in rows_by_number() {
        println!("| {count} | {nanoseconds:.2} |");
    }
    println!("\nBatchDouble is {:.2} times Batch (mark: 3)", rows[1].nanoseconds / rows[0].nanoseconds);
}
