//! The heap against models of it: random programs, and pins from several threads.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::*;
use super::{at, collect_keeping, heap, is_live, payload, set_word};

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
