//! What an object costs while the live data grows: linear work is the same number in every row.

use cotter::heap::{Address, Header, Heap, HeapConfig};

use super::{best_of_three, collect, questions, set_word, shuffled, time_each};

/// Bytes of an object with its header.
const OBJECT: usize = 32;
/// Objects that one list refers to.
const LIST: usize = 1000;

const MEGABYTES: [usize; 5] = [1, 16, 256, 1024, 4096];

/// Nanoseconds for each object.
struct Costs {
    /// Allocating it in memory that was never used.
    allocate: f64,
    /// Marking it, where objects that are marked one after the other are neighbours.
    mark: f64,
    /// Marking it, where they lie anywhere.
    mark_shuffled: f64,
    /// Allocating it where every other object has died: finding the free slots is what sweeping is.
    fill: f64,
    /// The collection at which all have died, and giving back their memory.
    release: f64,
}

fn heap() -> Heap {
    Heap::new(HeapConfig { off: true, ..HeapConfig::default() })
}

fn object(heap: &mut Heap) -> Address {
    heap.allocate(16, Header::words(1, 0, 16))
}

fn list(heap: &mut Heap, length: usize) -> Address {
    heap.try_allocate(length * 8, Header::words(1, 0, length * 8)).expect("memory")
}

/// The costs with so many megabytes of live objects, in lists that a list refers to.
fn costs(megabytes: usize) -> Costs {
    let lists = (megabytes << 20) / OBJECT / LIST;
    let count = lists * LIST;
    let heap = &mut heap();
    let root = list(heap, lists);
    let inner: Vec<Address> = (0..lists).map(|_| list(heap, LIST)).collect();
    inner.iter().enumerate().for_each(|(index, list)| set_word(root, index, list.to_word()));
    let allocate = time_each(count, || {
        for &list in &inner {
            (0..LIST).for_each(|index| set_word(list, index, object(heap).to_word()));
        }
    });
    let mark = best_of_three(count, || collect(heap, &[root]));
    for &list in &inner {
        (0..LIST).step_by(2).for_each(|index| set_word(list, index, 0));
    }
    collect(heap, &[root]);
    let committed = heap.stats().committed_bytes;
    let fill = time_each(count / 2, || {
        for &list in &inner {
            (0..LIST).step_by(2).for_each(|index| set_word(list, index, object(heap).to_word()));
        }
    });
    assert_eq!(heap.stats().committed_bytes, committed, "the gaps were not used");
    let release = time_each(count, || collect(heap, &[]));
    Costs { allocate, mark, mark_shuffled: mark_shuffled(count), fill, release }
}

fn mark_shuffled(count: usize) -> f64 {
    let heap = &mut heap();
    let roots = shuffled(heap, count);
    best_of_three(count, || collect(heap, &roots))
}

/// Prints what objects cost up to so many megabytes, and what questions cost.
pub fn print_tables(most: usize) {
    println!("| live data | allocate | mark, in order | mark, shuffled | fill gaps | release |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for megabytes in MEGABYTES.into_iter().filter(|&size| size <= most) {
        let Costs { allocate, mark, mark_shuffled, fill, release } = costs(megabytes);
        println!("| {megabytes} MB | {allocate:.2} | {mark:.2} | {mark_shuffled:.2} | {fill:.2} | {release:.2} |");
    }
    println!("\n| question | ns |");
    println!("| --- | ---: |");
    questions().into_iter().for_each(|(name, nanoseconds)| println!("| {name} | {nanoseconds:.2} |"));
}
