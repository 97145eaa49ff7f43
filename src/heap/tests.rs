//! The heap as a whole, against models of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;
use proptest::sample::Index;

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
fn finalizers_become_ready_oldest_first() {
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
    let expected: Vec<u64> = (0..100).rev().filter(|&word| word != 50 && word != 7).chain([1000]).collect();
    assert_eq!(words, expected);
    assert!(!is_live(&heap, objects[7]));
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
    assert!((pace::MINIMUM_GOAL - PAGE_SIZE..=pace::MINIMUM_GOAL).contains(&allocated));
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
        while !heap.marker.drain(&heap.layouts, 1) {
            steps += 1;
        }
        work.push(steps);
    }
    assert!(work[0] >= 10_000 && work[1] <= work[0] * 11, "{work:?}");
}

#[derive(Clone, Debug)]
enum Step {
    Allocate { size: usize, shape: u8, keep: bool },
    Link { from: Index, slot: usize, to: Index, interior: bool },
    Drop(Index),
    Pin(Index),
    Unpin(Index),
    Collect,
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![8 => 8usize..200, 2 => 200usize..5000, 1 => 20_000usize..100_000];
    prop_oneof![
        10 => (size, 0u8..3, any::<bool>()).prop_map(|(size, shape, keep)| Step::Allocate { size, shape, keep }),
        10 => (any::<Index>(), 0usize..8, any::<Index>(), any::<bool>())
            .prop_map(|(from, slot, to, interior)| Step::Link { from, slot, to, interior }),
        4 => any::<Index>().prop_map(Step::Drop),
        2 => any::<Index>().prop_map(Step::Pin),
        2 => any::<Index>().prop_map(Step::Unpin),
        2 => Just(Step::Collect),
    ]
}

/// What the model knows of an object.
#[derive(Clone, Debug)]
struct Model {
    size: usize,
    shape: Shape,
    links: BTreeMap<usize, Address>,
    pins: u64,
    stamp: u8,
}

struct World {
    heap: Heap,
    objects: BTreeMap<Address, Model>,
    roots: Vec<Address>,
    stamp: u8,
}

impl World {
    fn nth(&self, index: &Index) -> Option<Address> {
        if self.objects.is_empty() { None } else { self.objects.keys().nth(index.index(self.objects.len())).copied() }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Allocate { size, shape, keep } => {
                let (shape, header) = match shape {
                    0 => (Shape::Leaf, Header::leaf(1, 0, *size as u64)),
                    1 => (Shape::Words, Header::words(1, 0, size & !7)),
                    _ => (Shape::Mapped, Header::mapped(1, 1, *size)),
                };
                let object = self.heap.try_allocate(*size, header).expect("memory");
                assert!(payload(object, *size).iter().all(|&byte| byte == 0));
                self.stamp = self.stamp.wrapping_add(1);
                payload(object, *size)[size - 1] = self.stamp | 1;
                let model = Model { size: *size, shape, links: BTreeMap::new(), pins: 0, stamp: self.stamp | 1 };
                let old = self.objects.insert(object, model);
                assert!(old.is_none(), "two live objects in one slot");
                if *keep {
                    self.roots.push(object);
                }
            }
            Step::Link { from, slot, to, interior } => {
                let (Some(from), Some(to)) = (self.nth(from), self.nth(to)) else { return };
                let to_size = self.objects[&to].size;
                let model = self.objects.get_mut(&from).expect("an object");
                if model.shape == Shape::Leaf || (slot + 1) * 8 >= model.size {
                    return;
                }
                let value = if *interior { (at(to) + to_size / 2) as u64 } else { to.to_word() };
                set_word(from, *slot, value);
                model.links.insert(*slot, to);
            }
            Step::Drop(index) => {
                if !self.roots.is_empty() {
                    self.roots.swap_remove(index.index(self.roots.len()));
                }
            }
            Step::Pin(index) => {
                if let Some(object) = self.nth(index) {
                    let model = self.objects.get_mut(&object).expect("an object");
                    model.pins += 1;
                    assert_eq!(self.heap.pin(at(object) + model.size - 1), Some(model.pins));
                }
            }
            Step::Unpin(index) => {
                if let Some(object) = self.nth(index) {
                    let model = self.objects.get_mut(&object).expect("an object");
                    let expected = model.pins.checked_sub(1);
                    assert_eq!(self.heap.unpin(at(object)), expected);
                    model.pins = expected.unwrap_or(0);
                }
            }
            Step::Collect => self.collect(),
        }
    }

    fn collect(&mut self) {
        let mut reached = BTreeSet::new();
        let mut gray = self.roots.clone();
        gray.extend(self.objects.iter().filter(|(_, model)| model.pins > 0).map(|(&object, _)| object));
        while let Some(object) = gray.pop() {
            if reached.insert(object) {
                gray.extend(self.objects[&object].links.values());
            }
        }
        let roots = self.roots.clone();
        collect_keeping(&mut self.heap, &roots);
        let dead: Vec<Address> = self.objects.keys().copied().filter(|object| !reached.contains(object)).collect();
        for object in dead {
            assert!(!is_live(&self.heap, object), "{object:?} should be gone");
            assert!(!self.heap.is_pinned(at(object)));
            self.objects.remove(&object);
        }
        assert_eq!(self.heap.stats().live_objects, reached.len());
        self.check();
    }

    fn check(&mut self) {
        for (&object, model) in &self.objects {
            let found = self.heap.find_object(at(object) + model.size / 2).expect("a live object");
            assert!(
                found.address == object && found.payload_capacity >= model.size && found.noscan == (model.shape == Shape::Leaf)
            );
            assert_eq!(payload(object, model.size)[model.size - 1], model.stamp);
            assert_eq!(self.heap.pin_count(at(object)), model.pins);
            assert_eq!(self.heap.is_pinned(at(object)), model.pins > 0);
            assert_eq!(self.heap.pin_counter_exists(at(object)), model.pins > 1);
        }
        let mut all = BTreeSet::new();
        self.heap.for_each_object(&mut |object| assert!(all.insert(object.address)));
        assert!(all.iter().eq(self.objects.keys()));
        assert_eq!(self.heap.stats().allocated_objects, self.objects.len());
        assert_eq!(self.heap.verify(), Ok(()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_heap_does_what_the_model_does(
        steps in proptest::collection::vec(step(), 1..400),
        poison in any::<bool>(),
        never_reuse in any::<bool>(),
    ) {
        let mut heap = Heap::new(HeapConfig { verify: true, poison, never_reuse, reserve: 1 << 30, ..HeapConfig::default() });
        heap.register_map(1, PointerMap::repeated(8, &[0]));
        let mut world = World { heap, objects: BTreeMap::new(), roots: Vec::new(), stamp: 0 };
        for step in &steps {
            world.run(step);
        }
        world.check();
        world.collect();
        world.collect();
    }

    #[test]
    fn pins_from_several_threads_are_counted_right(
        plans in proptest::collection::vec(proptest::collection::vec((0usize..40, any::<bool>()), 0..300), 1..5),
    ) {
        let mut heap = heap();
        let objects: Vec<Address> = (0..40).map(|index| heap.allocate(16 + index % 3 * 100, Header::leaf(1, 0, 0))).collect();
        // Each thread takes off only pins of its own, so that what is left is the sum of what each left.
        let mut expected: HashMap<usize, u64> = HashMap::new();
        std::thread::scope(|scope| {
            for plan in &plans {
                let mut held = vec![0u64; objects.len()];
                for &(object, pin) in plan {
                    if pin { held[object] += 1 } else { held[object] = held[object].saturating_sub(1) }
                }
                for (object, count) in held.into_iter().enumerate() {
                    *expected.entry(object).or_default() += count;
                }
                let (pins, objects) = (heap.pins(), &objects);
                scope.spawn(move || {
                    let mut held = vec![0u64; objects.len()];
                    for &(object, pin) in plan {
                        let address = at(objects[object]);
                        if pin {
                            held[object] += 1;
                            assert!(pins.pin(address).expect("a live object") >= held[object]);
                            assert!(pins.is_pinned(address));
                        } else if held[object] > 0 {
                            assert!(pins.is_pinned(address));
                            held[object] -= 1;
                            assert!(pins.unpin(address).expect("a pin of this thread") >= held[object]);
                        }
                    }
                });
            }
            // Meanwhile this thread collects, and keeps nothing but what is pinned and what the plans name.
            for _ in 0..20 {
                collect_keeping(&mut heap, &objects);
            }
        });
        for (index, &object) in objects.iter().enumerate() {
            prop_assert_eq!(heap.pin_count(at(object)), expected[&index]);
            prop_assert_eq!(heap.is_pinned(at(object)), expected[&index] > 0);
            prop_assert_eq!(heap.pin_counter_exists(at(object)), expected[&index] > 1);
        }
        heap.collect(&mut |_| {});
        for (index, &object) in objects.iter().enumerate() {
            prop_assert_eq!(is_live(&heap, object), expected[&index] > 0);
        }
    }
}
