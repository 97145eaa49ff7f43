//! The heap as a whole.

mod incremental;
mod model;

use std::collections::BTreeSet;

use super::*;

/// A heap that verifies itself after each collection.
pub(super) fn heap() -> Heap {
    Heap::new(HeapConfig { verify: true, ..HeapConfig::default() })
}

/// The first `length` bytes of an object's payload.
pub(super) fn payload<'a>(object: Address, length: usize) -> &'a mut [u8] {
    // SAFETY: tests ask for the bytes they allocated, of objects they keep or whose slot is still committed.
    unsafe { std::slice::from_raw_parts_mut(object.payload(), length) }
}

/// Writes a word of an object's payload.
pub(super) fn set_word(object: Address, index: usize, word: u64) {
    payload(object, index * 8 + 8)[index * 8..].copy_from_slice(&word.to_ne_bytes());
}

fn word(object: Address, index: usize) -> u64 {
    u64::from_ne_bytes(payload(object, index * 8 + 8)[index * 8..].try_into().expect("8 bytes"))
}

/// Collects with these objects as roots.
pub(super) fn collect_keeping(heap: &mut Heap, objects: &[Address]) {
    heap.collect(&mut |marker| {
        for object in objects {
            marker.mark_word(object.to_word());
        }
    });
}

fn at(object: Address) -> usize {
    object.payload() as usize
}

fn leaf(heap: &mut Heap) -> Address {
    heap.allocate(32, Header::leaf(1, 0, 0))
}

fn is_live(heap: &Heap, object: Address) -> bool {
    heap.find_object(at(object)).is_some_and(|found| found.address == object)
}

const NIL: u64 = 0xFFF9_0000_0000_0000;

fn heap_with_nil() -> Heap {
    Heap::new(HeapConfig { verify: true, poison: true, nil_bits: NIL, ..HeapConfig::default() })
}

#[test]
fn a_chain_lives_as_long_as_its_head() {
    let mut heap = heap();
    let mut head = leaf(&mut heap);
    let mut all = vec![head];
    for _ in 0..100_000 {
        let next = heap.allocate(16, Header::words(1, 0, 16));
        set_word(next, 0, head.to_word());
        all.push(next);
        head = next;
    }
    collect_keeping(&mut heap, &[head]);
    assert_eq!(heap.stats().live_objects, all.len());
    assert!(all.iter().all(|&object| is_live(&heap, object)));
    collect_keeping(&mut heap, &all[..1]);
    assert_eq!(heap.stats().live_objects, 1);
    assert!(all[1..].iter().all(|&object| !is_live(&heap, object)));
}

#[test]
fn cycles_are_freed() {
    let mut heap = heap();
    let (a, b) = (heap.allocate(8, Header::words(1, 0, 8)), heap.allocate(8, Header::words(1, 0, 8)));
    set_word(a, 0, b.to_word());
    set_word(b, 0, a.to_word());
    collect_keeping(&mut heap, &[a]);
    assert!(is_live(&heap, a) && is_live(&heap, b));
    heap.collect(&mut |_| {});
    assert!(!is_live(&heap, a) && !is_live(&heap, b));
}

#[test]
fn a_large_list_is_marked_in_pieces_and_whole() {
    let mut heap = heap();
    let count = 50_000;
    let list = heap.try_allocate(count * 8, Header::words(1, 0, count * 8)).expect("memory");
    let objects: Vec<Address> = (0..count).map(|_| leaf(&mut heap)).collect();
    for (index, object) in objects.iter().enumerate() {
        set_word(list, index, object.to_word());
    }
    collect_keeping(&mut heap, &[list]);
    assert_eq!(heap.stats().live_objects, count + 1);
    let mut seen = BTreeSet::new();
    heap.for_each_reference(list, &mut |object| assert!(seen.insert(object)));
    assert!(seen.iter().copied().eq(objects.iter().copied().collect::<BTreeSet<_>>()));
}

#[test]
fn mapped_memory_is_looked_at_where_its_map_says() {
    let mut heap = heap();
    heap.register_map(3, PointerMap::with_tail(9, &[1], 12, &[4]));
    let object = heap.allocate(33, Header::mapped(1, 3, 33));
    let targets: Vec<Address> = (0..4).map(|_| leaf(&mut heap)).collect();
    // The prefix's word at 1, the elements' at 13 and 25, and one where no word is.
    let write = |offset: usize, value: u64| payload(object, 33)[offset..offset + 8].copy_from_slice(&value.to_ne_bytes());
    write(1, at(targets[0]) as u64);
    write(13, at(targets[1]) as u64 + 31);
    write(25, targets[2].to_word());
    collect_keeping(&mut heap, &[object]);
    assert!(targets[..3].iter().all(|&target| is_live(&heap, target)));
    assert!(!is_live(&heap, targets[3]));
}

#[test]
fn whatever_c_leaves_in_mapped_memory_is_harmless() {
    let mut heap = heap();
    heap.register_map(3, PointerMap::repeated(8, &[0]));
    let object = heap.allocate(4096, Header::mapped(1, 3, 4096));
    let dead = leaf(&mut heap);
    let range = heap.address_range();
    for (index, value) in [
        REFERENCE_TAG | 0x10,
        REFERENCE_TAG,
        REFERENCE_TAG | (object.get() as u64 + 16),
        REFERENCE_TAG | range.start as u64,
        REFERENCE_TAG | (range.end as u64 - 1),
        range.end as u64,
        range.end as u64 - 1,
        range.start as u64,
        u64::MAX,
        1,
        dead.to_word(),
    ]
    .into_iter()
    .enumerate()
    {
        set_word(object, index, value);
    }
    collect_keeping(&mut heap, &[object]);
    assert!(is_live(&heap, dead), "it was alive when the collection began, and its slot named it");
    set_word(object, 10, 0);
    collect_keeping(&mut heap, &[object]);
    set_word(object, 10, dead.to_word());
    collect_keeping(&mut heap, &[object]);
    assert!(!is_live(&heap, dead), "a freed object does not come back");
}

#[test]
fn custom_objects_are_traced_by_their_kind() {
    unsafe fn trace_second_word(object: Address, marker: &mut Marker) {
        marker.mark_word(word(object, 1));
    }
    let mut heap = heap();
    heap.register_trace(9, trace_second_word);
    let (first, second) = (leaf(&mut heap), leaf(&mut heap));
    let object = heap.allocate(16, Header::custom(9, 0, 0));
    set_word(object, 0, first.to_word());
    set_word(object, 1, second.to_word());
    collect_keeping(&mut heap, &[object]);
    assert!(!is_live(&heap, first) && is_live(&heap, second));
}

#[test]
fn addresses_into_objects_keep_them() {
    let mut heap = heap();
    for size in [8, 48, 100, 5000, 40_000] {
        let (object, other) = (
            heap.try_allocate(size, Header::leaf(1, 0, 0)).expect("memory"),
            heap.try_allocate(size, Header::leaf(1, 0, 0)).expect("memory"),
        );
        for address in [at(object), at(object) + size - 1, at(object) + size] {
            assert_eq!(heap.find_object(address).map(|found| found.address), Some(object));
            heap.collect(&mut |marker| {
                marker.mark_word(address as u64);
                marker.mark_word(other.to_word());
            });
            assert!(is_live(&heap, object));
        }
        collect_keeping(&mut heap, &[other]);
        assert!(!is_live(&heap, object), "size {size}");
    }
}

#[test]
fn a_finalizer_runs_once_and_the_object_lives_until_then() {
    let mut heap = heap_with_nil();
    let callback = leaf(&mut heap);
    let (kept, object) = (leaf(&mut heap), heap.allocate(8, Header::words(1, 0, 8)));
    set_word(object, 0, kept.to_word());
    assert_eq!(heap.set_finalizer(object, callback.to_word()), None);
    collect_keeping(&mut heap, &[object]);
    assert!(!heap.has_ready_finalizers());
    heap.collect(&mut |_| {});
    assert!(heap.has_ready_finalizers());
    heap.collect(&mut |_| {});
    assert!(is_live(&heap, object) && is_live(&heap, kept) && is_live(&heap, callback));
    assert_eq!(heap.take_ready_finalizers(), [(object, callback.to_word())]);
    heap.collect(&mut |_| {});
    assert!(!heap.has_ready_finalizers());
    assert!(!is_live(&heap, object) && !is_live(&heap, kept) && !is_live(&heap, callback));
}

#[test]
fn finalizers_become_ready_newest_first() {
    let mut heap = heap();
    let objects: Vec<Address> =
        (0..100).map(|index| heap.try_allocate(index * 700, Header::leaf(1, 0, 0)).expect("memory")).collect();
    for (index, &object) in objects.iter().enumerate().rev() {
        heap.set_finalizer(object, index as u64);
    }
    heap.set_finalizer(objects[50], 1000);
    heap.clear_finalizer(objects[7]);
    heap.collect(&mut |_| {});
    let words: Vec<u64> = heap.take_ready_finalizers().into_iter().map(|(_, word)| word).collect();
    let expected: Vec<u64> = std::iter::once(1000).chain((0..100).filter(|&word| word != 50 && word != 7)).collect();
    assert_eq!(words, expected);
    assert!(!is_live(&heap, objects[7]));
}

#[test]
fn a_release_waits_for_the_finalizers_that_may_use_its_object() {
    let mut heap = heap_with_nil();
    let (handle, alone) = (leaf(&mut heap), leaf(&mut heap));
    let holder = heap.allocate(8, Header::words(1, 0, 8));
    set_word(holder, 0, handle.to_word());
    heap.set_finalizer(holder, 1);
    heap.set_release(alone, 2);
    heap.set_release(handle, 3);
    heap.collect(&mut |_| {});
    assert_eq!(heap.take_ready_finalizers(), [(holder, 1), (alone, 2)]);
    assert!(is_live(&heap, handle));
    heap.collect(&mut |_| {});
    assert_eq!(heap.take_ready_finalizers(), [(handle, 3)]);

    // One object may have both.
    let both = leaf(&mut heap);
    heap.set_release(both, 4);
    heap.set_finalizer(both, 5);
    heap.collect(&mut |_| {});
    assert_eq!(heap.take_ready_finalizers(), [(both, 5)]);
    heap.set_release(both, 6);
    assert_eq!(heap.clear_release(both), Some(6));
    heap.collect(&mut |_| {});
    assert!(!heap.has_ready_finalizers() && !is_live(&heap, both));
}

#[test]
fn weak_references_are_cleared_before_finalizers_bring_objects_back() {
    let mut heap = heap_with_nil();
    let target = leaf(&mut heap);
    let holder = heap.allocate(8, Header::words(1, 0, 8));
    set_word(holder, 0, target.to_word());
    let weak: Vec<Address> = (0..3).map(|_| leaf(&mut heap)).collect();
    for &weak in &weak {
        set_word(weak, 0, target.to_word());
        heap.set_weak(target, weak);
    }
    heap.set_finalizer(holder, NIL);
    collect_keeping(&mut heap, &[holder, weak[0], weak[1]]);
    assert_eq!(word(weak[0], 0), target.to_word());
    assert!(!is_live(&heap, weak[2]));
    collect_keeping(&mut heap, &weak[..2]);
    assert!(is_live(&heap, target), "the finalizer's object still refers to it");
    assert_eq!((word(weak[0], 0), word(weak[1], 0)), (NIL, NIL));
}

#[test]
fn a_weak_object_that_a_finalizer_brings_back_is_still_cleared() {
    let mut heap = heap_with_nil();
    let (target, weak) = (leaf(&mut heap), leaf(&mut heap));
    set_word(weak, 0, target.to_word());
    heap.set_weak(target, weak);
    let holder = heap.allocate(8, Header::words(1, 0, 8));
    set_word(holder, 0, weak.to_word());
    heap.set_finalizer(holder, NIL);
    collect_keeping(&mut heap, &[target]);
    assert_eq!((is_live(&heap, weak), word(weak, 0)), (true, target.to_word()));
    heap.collect(&mut |_| {});
    assert_eq!((is_live(&heap, target), is_live(&heap, weak), word(weak, 0)), (false, true, NIL));
}

#[test]
fn sites_go_with_their_objects() {
    let mut heap = heap();
    let objects: Vec<Address> = (0..200).map(|_| leaf(&mut heap)).collect();
    for (site, &object) in objects.iter().enumerate() {
        heap.set_allocation_site(object, site as u64);
    }
    let kept: Vec<Address> = objects.iter().copied().step_by(2).collect();
    collect_keeping(&mut heap, &kept);
    for (index, &object) in kept.iter().enumerate() {
        assert_eq!(heap.allocation_site(object), Some(index as u64 * 2));
    }
    for _ in 0..100 {
        let new = leaf(&mut heap);
        assert_eq!(heap.allocation_site(new), None);
    }
}

#[test]
fn a_pinned_object_lives() {
    let mut heap = heap();
    let object = heap.allocate(64, Header::words(1, 0, 64));
    let behind = leaf(&mut heap);
    set_word(object, 3, behind.to_word());
    assert_eq!(heap.pin(at(object) + 40), Some(1));
    for _ in 0..3 {
        heap.collect(&mut |_| {});
        assert!(
            is_live(&heap, object) && is_live(&heap, behind) && heap.is_pinned(at(object) + 63) && !heap.is_pinned(at(behind))
        );
    }
    assert_eq!(heap.unpin(at(object) + 64), Some(0));
    heap.collect(&mut |_| {});
    assert!(!is_live(&heap, object) && !is_live(&heap, behind));
}

#[test]
fn counters_exist_exactly_for_more_than_one_pin() {
    let mut heap = heap();
    let objects: Vec<Address> = (0..500).map(|_| leaf(&mut heap)).collect();
    for round in 1..=5 {
        for &object in &objects {
            assert_eq!(heap.pin(at(object)), Some(round));
            assert_eq!(heap.pin_counter_exists(at(object)), round > 1);
        }
    }
    heap.collect(&mut |_| {});
    for round in (0..5).rev() {
        for &object in &objects {
            assert_eq!(heap.unpin(at(object)), Some(round));
            assert_eq!((heap.pin_count(at(object)), heap.pin_counter_exists(at(object))), (round, round > 1));
        }
    }
    assert_eq!(heap.unpin(at(objects[0])), None);
    assert_eq!(heap.stats().pinned_objects, 0);
    assert!(heap.spans.iter().all(|span| span.pin_bits.load(std::sync::atomic::Ordering::Relaxed).is_null()));
    collect_keeping(&mut heap, &objects);
    assert!(heap.space.pins.spans().is_empty(), "the state of pins goes with the last one");
    assert!(heap.spans.iter().all(|span| span.side.lock().pin_counters.is_none() && span.side.lock().spare_pin_bits.is_none()));
}

#[test]
fn what_is_free_cannot_be_pinned() {
    let mut heap = heap();
    let (object, other) = (leaf(&mut heap), leaf(&mut heap));
    collect_keeping(&mut heap, &[other]);
    let range = heap.address_range();
    for address in [at(object), 0, range.start, range.end, range.end - 1, usize::MAX, at(other) + 4096] {
        assert_eq!((heap.pin(address), heap.unpin(address), heap.pin_count(address)), (None, None, 0));
        assert!(!heap.is_pinned(address) && heap.find_object(address).is_none());
    }
}

#[test]
fn figures_add_up() {
    let mut heap = heap();
    let objects: Vec<Address> = (0..1000).map(|_| leaf(&mut heap)).collect();
    let stats = heap.stats();
    assert_eq!((stats.allocated_objects, stats.allocated_bytes, stats.total_allocated_bytes), (1000, 48_000, 48_000));
    collect_keeping(&mut heap, &objects[..400]);
    let stats = heap.stats();
    assert_eq!((stats.live_objects, stats.live_bytes, stats.freed_bytes, stats.collections), (400, 19_200, 28_800, 1));
    leaf(&mut heap);
    let stats = heap.stats();
    assert_eq!((stats.allocated_objects, stats.allocated_bytes, stats.live_bytes), (401, 19_248, 19_200));
    assert!(stats.pause_max > std::time::Duration::ZERO && stats.pause_total == stats.pause_max);
    assert_eq!(stats.spans_by_class.iter().sum::<usize>(), 3);
    let mut count = 0;
    heap.for_each_object(&mut |object| count += (object.kind == 1 && object.payload_capacity == 32) as usize);
    assert_eq!(count, 401);
}

#[test]
fn collections_are_requested_by_growth() {
    let mut heap = heap();
    let mut allocated = 0;
    while !heap.should_collect() {
        leaf(&mut heap);
        allocated += 48;
    }
    assert!((pace::MINIMUM_GROWTH - PAGE_SIZE..=pace::MINIMUM_GROWTH).contains(&allocated));
    heap.collect(&mut |_| {});
    assert!(!heap.should_collect());
    let mut off = Heap::new(HeapConfig { off: true, ..HeapConfig::default() });
    for _ in 0..300_000 {
        leaf(&mut off);
    }
    assert!(!off.should_collect());
}

#[test]
fn memory_that_stays_unused_goes_back() {
    let mut heap = heap();
    let kept = leaf(&mut heap);
    for _ in 0..64 {
        heap.try_allocate(1 << 20, Header::leaf(1, 0, 0)).map(|object| payload(object, 1 << 20).fill(1)).expect("memory");
    }
    for _ in 0..3 {
        collect_keeping(&mut heap, &[kept]);
    }
    let stats = heap.stats();
    assert!(stats.free_bytes <= 5 << 20, "{}", stats.free_bytes);
}

#[test]
fn a_collection_takes_work_in_proportion_to_what_lives() {
    let mut work = Vec::new();
    for count in [10_000usize, 100_000] {
        let mut heap = Heap::new(HeapConfig::default());
        let list = heap.try_allocate(count * 8, Header::words(1, 0, count * 8)).expect("memory");
        for index in 0..count {
            let object = heap.allocate(16, Header::words(1, 0, 16));
            set_word(list, index, object.to_word());
            set_word(object, 0, list.to_word());
        }
        // The same walk as a collection's, in steps of one object or piece.
        heap.marker.begin(false);
        heap.marker.mark_object(list);
        let mut steps = 1;
        while heap.marker.drain(&heap.layouts, 1) == 0 {
            steps += 1;
        }
        work.push(steps);
    }
    assert!(work[0] >= 10_000 && work[1] <= work[0] * 11, "{work:?}");
}

/// Runs one test of this file again as a process of its own, with a variable set, and returns what it printed to standard error and its
/// exit status.
fn run_alone(test: &str, variable: &str) -> (String, Option<i32>) {
    let program = std::env::current_exe().expect("the test program has a path");
    let output = std::process::Command::new(program)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(variable, "1")
        .output()
        .expect("the test program runs");
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
}

#[test]
fn a_heap_that_is_not_sound_ends_the_program() {
    const VARIABLE: &str = "COTTER_TEST_UNSOUND_HEAP";
    if std::env::var_os(VARIABLE).is_some() {
        let mut heap = heap();
        let object = leaf(&mut heap);
        // SAFETY: the object was just made; its shape becomes one of another sort of span.
        unsafe { object.header_pointer().cast::<u8>().add(5).write(Shape::Words as u8) };
        collect_keeping(&mut heap, &[object]);
        return;
    }
    let (message, status) = run_alone("heap::tests::a_heap_that_is_not_sound_ends_the_program", VARIABLE);
    assert_eq!(status, Some(70));
    assert!(message.contains("fatal: heap verifier: the object at "), "{message}");
}

#[test]
fn the_very_end_of_memory_ends_the_program() {
    const VARIABLE: &str = "COTTER_TEST_FULL_HEAP";
    if std::env::var_os(VARIABLE).is_some() {
        let mut heap = Heap::new(HeapConfig { reserve: 16 << 20, ..HeapConfig::default() });
        loop {
            leaf(&mut heap);
        }
    }
    let (message, status) = run_alone("heap::tests::the_very_end_of_memory_ends_the_program", VARIABLE);
    assert_eq!(status, Some(70));
    assert!(message.contains("fatal: out of memory: no room for 48 bytes"), "{message}");
}

#[test]
fn a_traced_collection_prints_one_line() {
    const VARIABLE: &str = "COTTER_TEST_TRACED_HEAP";
    if std::env::var_os(VARIABLE).is_some() {
        let mut heap = Heap::new(HeapConfig { trace: true, ..HeapConfig::default() });
        let objects = [leaf(&mut heap), leaf(&mut heap)];
        collect_keeping(&mut heap, &objects[..1]);
        return;
    }
    let (message, status) = run_alone("heap::tests::a_traced_collection_prints_one_line", VARIABLE);
    assert_eq!(status, Some(0));
    let lines: Vec<&str> = message.lines().filter(|line| line.starts_with("gc ")).collect();
    assert!(lines.len() == 1 && lines[0].starts_with("gc 1: 96 -> 48 bytes, 1 objects, mark "), "{message}");
}
