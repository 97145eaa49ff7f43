//! What the heap's operations cost, in nanoseconds of the processor.
//!
//! `cargo bench --bench heap` prints one line for each; `-- 4096` lets the live data grow to that many megabytes, and `-- 4096 chains`
//! measures only the collection of that structure. `-- 4096 growth` prints two tables: what an object costs, from a megabyte of live
//! data to that many, and what questions about addresses cost.

mod growth;

use std::hint::black_box;

use cotter::heap::{Address, HEADER_SIZE, Header, Heap, HeapConfig};

/// The processor's time that this program has used, in nanoseconds: what others do on the machine meanwhile is not in it.
fn processor_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to the place it is given.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0, "a clock of the processor's time");
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Nanoseconds for one of `count` operations, from one run.
fn time_each(count: usize, run: impl FnOnce()) -> f64 {
    let start = processor_time();
    run();
    (processor_time() - start) / count as f64
}

/// The same, the best of three runs.
fn best_of_three(count: usize, mut run: impl FnMut()) -> f64 {
    (0..3).map(|_| time_each(count, &mut run)).fold(f64::INFINITY, f64::min)
}

fn print_line(name: &str, nanoseconds: f64) {
    println!("{name:<58} {nanoseconds:8.2} ns");
}

/// Prints the time that `count` operations took, for one of them.
fn measure(name: &str, count: usize, run: impl FnMut()) {
    print_line(name, best_of_three(count, run));
}

fn set_word(object: Address, index: usize, word: u64) {
    // SAFETY: the benchmarks write words of the payloads they allocated, of objects that are alive.
    unsafe { object.payload().cast::<u64>().add(index).write(word) };
}

fn collect_if_due(heap: &mut Heap, roots: &[Address]) {
    if heap.should_collect() {
        collect(heap, roots);
    }
}

fn collect(heap: &mut Heap, roots: &[Address]) {
    heap.collect(&mut |marker| roots.iter().for_each(|root| marker.mark_word(root.to_word())));
}

fn allocation() {
    const COUNT: usize = 5_000_000;
    for payload in [8, 16, 48, 112, 240, 1008] {
        let mut heap = Heap::new(HeapConfig::default());
        let count = COUNT * 16 / (payload + 16).max(16);
        measure(&format!("allocate and free, {payload} bytes of words"), count, || {
            for _ in 0..count {
                black_box(heap.allocate(black_box(payload), Header::words(1, 0, payload)));
                collect_if_due(&mut heap, &[]);
            }
        });
    }
    let mut heap = Heap::new(HeapConfig::default());
    measure("allocate and free, 16 bytes, size known", COUNT, || {
        for _ in 0..COUNT {
            black_box(heap.allocate(16, Header::leaf(1, 0, 0)));
            collect_if_due(&mut heap, &[]);
        }
    });
    // Every other object of 64 MB lives, so that all free slots lie alone.
    let mut heap = Heap::new(HeapConfig::default());
    let list = heap.try_allocate(8 * 1_000_000, Header::words(1, 0, 8 * 1_000_000)).expect("memory");
    for index in 0..1_000_000 {
        let object = heap.allocate(16, Header::words(1, 0, 16));
        set_word(list, index, object.to_word());
        heap.allocate(16, Header::words(1, 0, 16));
    }
    collect(&mut heap, &[list]);
    measure("allocate into single free slots, with their collection", 1_000_000, || {
        for _ in 0..1_000_000 {
            black_box(heap.allocate(16, Header::words(1, 0, 16)));
        }
        collect(&mut heap, &[list]);
    });
    let mut heap = Heap::new(HeapConfig::default());
    measure("allocate and free, 100 kB without references", 20_000, || {
        for _ in 0..20_000 {
            black_box(heap.try_allocate(100_000, Header::leaf(1, 0, 0)).expect("memory"));
            collect_if_due(&mut heap, &[]);
        }
    });
}

/// What questions about addresses inside of a thousand objects cost, in nanoseconds.
fn questions() -> Vec<(&'static str, f64)> {
    const ROUNDS: usize = 20_000;
    let mut heap = Heap::new(HeapConfig { off: true, ..HeapConfig::default() });
    let objects: Vec<Address> = (0..1000).map(|index| heap.allocate(16 + index % 7 * 48, Header::leaf(1, 0, 0))).collect();
    let addresses: Vec<usize> = objects.iter().map(|object| object.get() + HEADER_SIZE + 9).collect();
    let count = ROUNDS * addresses.len();
    let ask = |question: fn(&Heap, usize) -> bool, heap: &Heap| {
        best_of_three(count, || {
            for _ in 0..ROUNDS {
                let heap = black_box(heap);
                black_box(addresses.iter().filter(|&&address| question(heap, black_box(address))).count());
            }
        })
    };
    let pin_and_unpin = |heap: &Heap, address: usize| heap.pin(address).is_some() && heap.unpin(address).is_some();
    let is_pinned = |heap: &Heap, address: usize| heap.is_pinned(address);
    let mut rows = vec![
        ("is_managed", ask(|heap, address| heap.is_managed(address), &heap)),
        ("find_object, inside", ask(|heap, address| heap.find_object(address).is_some(), &heap)),
        ("is_pinned, nothing pinned", ask(is_pinned, &heap)),
    ];
    addresses.iter().for_each(|&address| assert!(heap.pin(address).is_some()));
    rows.push(("is_pinned, all pinned", ask(is_pinned, &heap)));
    rows.push(("pin again and unpin", ask(pin_and_unpin, &heap)));
    addresses.iter().for_each(|&address| assert!(heap.unpin(address).is_some()));
    rows.push(("first pin of a span and unpin", ask(pin_and_unpin, &heap)));
    rows
}

/// `count` objects of 32 bytes in chains of 100 from a list: what a program of small objects looks like.
fn chains(heap: &mut Heap, count: usize) -> Vec<Address> {
    let heads = count / 100;
    let list = heap.try_allocate(heads * 8, Header::words(1, 0, heads * 8)).expect("memory");
    for head in 0..heads {
        let mut next = None;
        for _ in 0..100 {
            let object = heap.allocate(16, Header::words(1, 0, 16));
            if let Some(next) = next {
                set_word(object, 0, Address::to_word(next));
            }
            next = Some(object);
        }
        set_word(list, head, next.expect("a chain").to_word());
    }
    vec![list]
}

/// As many objects, in the order of no memory: each is referred to from a random place.
fn shuffled(heap: &mut Heap, count: usize) -> Vec<Address> {
    let list = heap.try_allocate(count * 8, Header::words(1, 0, count * 8)).expect("memory");
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for index in (1..count).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(index, (state >> 33) as usize % (index + 1));
    }
    for place in order {
        let object = heap.allocate(16, Header::words(1, 0, 16));
        set_word(list, place as usize, object.to_word());
    }
    vec![list]
}

/// A binary tree with as many nodes.
fn tree(heap: &mut Heap, count: usize) -> Vec<Address> {
    let mut level: Vec<Address> = (0..count / 2).map(|_| heap.allocate(16, Header::words(1, 0, 16))).collect();
    while level.len() > 1 {
        let pairs = level.chunks(2).map(|pair| {
            let parent = heap.allocate(16, Header::words(1, 0, 16));
            pair.iter().enumerate().for_each(|(index, child)| set_word(parent, index, child.to_word()));
            parent
        });
        level = pairs.collect();
    }
    level
}

/// Objects without references in lists of 1000.
fn leaves(heap: &mut Heap, count: usize) -> Vec<Address> {
    let lists = (0..count / 1000).map(|_| {
        let list = heap.allocate(8000, Header::words(1, 0, 8000));
        (0..1000).for_each(|index| set_word(list, index, heap.allocate(16, Header::leaf(2, 0, 0)).to_word()));
        list
    });
    let lists: Vec<Address> = lists.collect();
    let outer = heap.try_allocate(lists.len() * 8, Header::words(1, 0, lists.len() * 8)).expect("memory");
    lists.iter().enumerate().for_each(|(index, list)| set_word(outer, index, list.to_word()));
    vec![outer]
}

type Builder = fn(&mut Heap, usize) -> Vec<Address>;

fn marking(megabytes: usize, only: &[String]) {
    let builders: [(&str, Builder); 4] = [("chains", chains), ("shuffled", shuffled), ("tree", tree), ("leaves", leaves)];
    for (name, build) in builders {
        if !only.is_empty() && !only.iter().any(|wanted| wanted == name) {
            continue;
        }
        let mut size = 1;
        while size <= megabytes {
            let count = (size << 20) / 32;
            let mut heap = Heap::new(HeapConfig { off: true, ..HeapConfig::default() });
            let roots = build(&mut heap, count);
            measure(&format!("collect {size} MB of live objects, {name}, each"), count, || collect(&mut heap, &roots));
            size *= 4;
        }
    }
}

/// A live tree, and garbage trees beside it: what allocation costs with all of its collections.
fn churn() {
    for live in [1 << 10, 1 << 15, 1 << 20] {
        let mut heap = Heap::new(HeapConfig::default());
        let roots = tree(&mut heap, live);
        const COUNT: usize = 10_000_000;
        measure(&format!("allocate beside {live} live objects, collections included"), COUNT, || {
            for _ in 0..COUNT {
                black_box(heap.allocate(16, Header::words(1, 0, 16)));
                collect_if_due(&mut heap, &roots);
            }
        });
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (sizes, names): (Vec<String>, Vec<String>) =
        arguments.into_iter().partition(|argument| argument.parse::<usize>().is_ok());
    let megabytes = sizes.first().and_then(|size| size.parse().ok()).unwrap_or(256);
    if names == ["growth"] {
        return growth::print_tables(megabytes);
    }
    if names.is_empty() {
        allocation();
        questions().into_iter().for_each(|(name, nanoseconds)| print_line(name, nanoseconds));
        churn();
    }
    marking(megabytes, &names);
}
