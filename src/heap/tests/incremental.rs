//! Marking in steps, with a program that does its worst in between.

use proptest::prelude::*;

use super::*;

const REGISTERS: usize = 8;
const SMALL: usize = 3;
/// More words than are looked at in one piece.
const LARGE: usize = 3000;
/// The type of C-layout objects that anybody may write, and of those that the language alone writes.
const FOREIGN: u32 = 1;
const TAME: u32 = 2;

/// A heap whose steps are small, and whose marks are proved.
fn stepping_heap() -> Heap {
    let config = HeapConfig { verify: true, poison: true, steps: true, nil_bits: NIL, ..HeapConfig::default() };
    let mut heap = Heap::new(config);
    heap.register_map(FOREIGN, PointerMap::repeated(16, &[0, 8]));
    heap.register_map(TAME, PointerMap::repeated(16, &[0, 8]).written_by_language());
    heap
}

fn header_of(sort: u8) -> (Header, usize) {
    let bytes = |words: usize| words * 8;
    match sort {
        0 => (Header::words(1, 0, bytes(SMALL)), SMALL),
        1 => (Header::words(1, 0, bytes(LARGE)), LARGE),
        2 => (Header::mapped(2, FOREIGN, bytes(4)), 4),
        3 => (Header::mapped(2, TAME, bytes(4)), 4),
        4 => (Header::mapped(2, FOREIGN, bytes(LARGE)), LARGE),
        _ => (Header::leaf(3, 0, 0), 0),
    }
}

/// A program with few registers; whatever else it holds is in objects that those lead to.
struct Program {
    heap: Heap,
    registers: [Option<Address>; REGISTERS],
    pinned: Vec<Address>,
    collections: usize,
}

impl Program {
    fn words_of(&self, register: usize) -> Option<(Address, usize, bool)> {
        let object = self.registers[register]?;
        // SAFETY: registers hold live objects.
        let header = unsafe { object.header() };
        let words = if header.shape == Shape::Leaf { 0 } else { header.meta as usize / 8 };
        (words > 0).then_some((object, words, header.shape == Shape::Mapped && header.type_id == FOREIGN))
    }

    fn perform(&mut self, action: &Action) {
        match *action {
            Action::Allocate { into, sort, keeps } => {
                let (header, words) = header_of(sort);
                let object = self.heap.allocate(words.max(2) * 8, header);
                // It is filled without a word to anybody: it was just made.
                if words > 0
                    && let Some(kept) = self.registers[keeps]
                {
                    set_word(object, words - 1, kept.to_word());
                }
                self.registers[into] = Some(object);
            }
            Action::Store { holder, at, value, by_address } => {
                let Some((object, words, is_foreign)) = self.words_of(holder) else { return };
                let word = match self.registers[value] {
                    Some(value) if by_address => value.payload() as u64,
                    Some(value) => value.to_word(),
                    None => NIL,
                };
                set_word(object, at % words, word);
                if !is_foreign {
                    self.heap.note_reference(word);
                }
            }
            Action::Load { into, holder, at } => {
                let Some((object, words, _)) = self.words_of(holder) else { return };
                let found = word(object, at % words);
                let address = match found & TAG_MASK == REFERENCE_TAG {
                    true => (found & ADDRESS_MASK) as usize + HEADER_SIZE,
                    false => found as usize,
                };
                self.registers[into] = self.heap.find_object(address).map(|found| found.address);
            }
            Action::Move { holder, from, to, count } => {
                let Some((object, words, is_foreign)) = self.words_of(holder) else { return };
                let count = count.min(words - from % words).min(words - to % words);
                let bytes = payload(object, words * 8);
                bytes.copy_within(from % words * 8..(from % words + count) * 8, to % words * 8);
                bytes[from % words * 8..(from % words + 1) * 8].fill(0);
                if !is_foreign {
                    self.heap.note_rewritten(object.payload() as usize);
                }
            }
            Action::Copy { from, into } => {
                let (Some((source, room, _)), Some((target, words, is_foreign))) = (self.words_of(from), self.words_of(into))
                else {
                    return;
                };
                let count = room.min(words) * 8;
                let taken = payload(source, count).to_vec();
                payload(target, count).copy_from_slice(&taken);
                if !is_foreign {
                    self.heap.note_rewritten(target.payload() as usize + count - 8);
                }
            }
            Action::Forget { register } => self.registers[register] = None,
            Action::Pin { register } => {
                if let Some(object) = self.registers[register] {
                    self.heap.pin(object.payload() as usize);
                    self.pinned.push(object);
                }
            }
            Action::Unpin => {
                if let Some(object) = self.pinned.pop() {
                    self.heap.unpin(object.payload() as usize);
                }
            }
            Action::Finalize { register } => {
                if let Some(object) = self.registers[register] {
                    self.heap.set_finalizer(object, NIL);
                }
            }
            Action::Weak { register } => {
                if let Some(object) = self.registers[register] {
                    let weak = self.heap.allocate(8, Header::leaf(4, 0, 0));
                    self.heap.set_weak(object, weak);
                }
            }
            Action::Step { times } => {
                for _ in 0..times {
                    let registers = self.registers;
                    let is_over =
                        self.heap.advance(&mut |marker| registers.iter().flatten().for_each(|&at| marker.mark_object(at)));
                    self.collections += is_over as usize;
                }
            }
            Action::Collect => {
                let registers = self.registers;
                self.heap.collect(&mut |marker| registers.iter().flatten().for_each(|&at| marker.mark_object(at)));
                self.heap.take_ready_finalizers();
                self.collections += 1;
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Action {
    Allocate { into: usize, sort: u8, keeps: usize },
    Store { holder: usize, at: usize, value: usize, by_address: bool },
    Load { into: usize, holder: usize, at: usize },
    Move { holder: usize, from: usize, to: usize, count: usize },
    Copy { from: usize, into: usize },
    Forget { register: usize },
    Pin { register: usize },
    Unpin,
    Finalize { register: usize },
    Weak { register: usize },
    Step { times: usize },
    Collect,
}

fn action() -> impl Strategy<Value = Action> {
    let register = || 0..REGISTERS;
    // Few places, near the ends and in the middle of large objects.
    let place = || prop_oneof![0..4usize, Just(1500), Just(1023), Just(1024), Just(LARGE - 1)];
    prop_oneof![
        6 => (register(), 0..6u8, register()).prop_map(|(into, sort, keeps)| Action::Allocate { into, sort, keeps }),
        8 => (register(), place(), register(), any::<bool>())
            .prop_map(|(holder, at, value, by_address)| Action::Store { holder, at, value, by_address }),
        8 => (register(), register(), place()).prop_map(|(into, holder, at)| Action::Load { into, holder, at }),
        3 => (register(), place(), place(), 1..2000usize)
            .prop_map(|(holder, from, to, count)| Action::Move { holder, from, to, count }),
        2 => (register(), register()).prop_map(|(from, into)| Action::Copy { from, into }),
        5 => register().prop_map(|register| Action::Forget { register }),
        1 => register().prop_map(|register| Action::Pin { register }),
        1 => Just(Action::Unpin),
        1 => register().prop_map(|register| Action::Finalize { register }),
        1 => register().prop_map(|register| Action::Weak { register }),
        10 => (1..4usize).prop_map(|times| Action::Step { times }),
        1 => Just(Action::Collect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    // The proof of the marks, which the heap makes at the end of each collection, is the assertion.
    #[test]
    fn what_a_program_can_reach_is_marked_whatever_it_does_between_steps(actions in proptest::collection::vec(action(), 1..250)) {
        let mut program =
            Program { heap: stepping_heap(), registers: [None; REGISTERS], pinned: Vec::new(), collections: 0 };
        for action in &actions {
            program.perform(action);
            for object in program.registers.iter().flatten() {
                prop_assert!(is_live(&program.heap, *object));
            }
        }
        for _ in 0..5000 {
            if program.collections > 0 {
                break;
            }
            program.perform(&Action::Step { times: 1 });
        }
        prop_assert!(program.collections > 0);
    }
}

/// A heap in which a collection has begun, looked into `holder` and not yet into `other`, whose only word refers to a leaf.
fn half_marked() -> (Heap, Address, Address, Address) {
    let mut heap = stepping_heap();
    let holder = heap.allocate(16, Header::words(1, 0, 16));
    let other = heap.allocate(16, Header::words(1, 0, 16));
    let hidden = leaf(&mut heap);
    set_word(other, 0, hidden.to_word());
    // What was pushed last is looked into first.
    heap.begin_marking(&mut |marker| [other, holder].into_iter().for_each(|object| marker.mark_object(object)));
    heap.is_marking = true;
    while heap.marker.is_marked(hidden) || heap.cycle.work == 0 {
        assert!(!heap.mark_some(1));
    }
    assert!(!heap.marker.is_marked(hidden));
    (heap, holder, other, hidden)
}

fn problem(heap: &mut Heap, roots: &[Address]) -> Option<String> {
    heap.mark_all();
    heap.compare_marks(&mut |marker| roots.iter().for_each(|&root| marker.mark_object(root))).err()
}

#[test]
fn a_write_that_nobody_told_is_found() {
    let (mut heap, holder, other, hidden) = half_marked();
    set_word(holder, 0, hidden.to_word());
    set_word(other, 0, NIL);
    let problem = problem(&mut heap, &[holder, other]).expect("the leaf is reachable and was not marked");
    assert!(problem.contains("forgot the object") && problem.contains("the marked object"), "{problem}");
}

#[test]
fn a_write_that_was_told_is_not() {
    let (mut heap, holder, other, hidden) = half_marked();
    set_word(holder, 0, hidden.to_word());
    heap.note_reference(hidden.to_word());
    set_word(other, 0, NIL);
    assert_eq!(problem(&mut heap, &[holder, other]), None);
}

#[test]
fn what_moves_within_a_large_object_is_seen_if_the_move_was_told() {
    for is_told in [false, true] {
        let mut heap = stepping_heap();
        let large = heap.allocate(LARGE * 8, Header::words(1, 0, LARGE * 8));
        let hidden = leaf(&mut heap);
        set_word(large, LARGE - 1, hidden.to_word());
        let mut roots = |marker: &mut Marker| marker.mark_object(large);
        heap.begin_marking(&mut roots);
        heap.is_marking = true;
        assert!(!heap.mark_some(1), "there are more pieces");
        payload(large, LARGE * 8).copy_within((LARGE - 1) * 8.., 0);
        set_word(large, LARGE - 1, NIL);
        if is_told {
            heap.note_rewritten(large.payload() as usize + 8);
        }
        heap.mark_all();
        heap.look_again(&mut roots);
        heap.mark_all();
        assert_eq!(heap.compare_marks(&mut roots).is_ok(), is_told);
    }
}

#[test]
fn what_c_moves_is_found_without_a_word() {
    let mut heap = stepping_heap();
    let [black, white] = [(); 2].map(|()| heap.allocate(32, Header::mapped(2, FOREIGN, 32)));
    let hidden = leaf(&mut heap);
    set_word(white, 1, hidden.payload() as u64);
    let mut roots = |marker: &mut Marker| [white, black].into_iter().for_each(|object| marker.mark_object(object));
    heap.begin_marking(&mut roots);
    heap.is_marking = true;
    heap.mark_some(1);
    assert!(!heap.marker.is_marked(hidden));
    set_word(black, 3, hidden.payload() as u64);
    set_word(white, 1, 0);
    heap.mark_all();
    heap.look_again(&mut roots);
    heap.mark_all();
    assert_eq!(heap.compare_marks(&mut roots), Ok(()));
    assert!(heap.marker.is_marked(hidden));
}

#[test]
fn garbage_of_the_time_between_two_steps_goes_with_the_collection_under_way() {
    let mut heap = stepping_heap();
    let kept: Vec<Address> = (0..100).map(|_| leaf(&mut heap)).collect();
    let mut roots = |marker: &mut Marker| kept.iter().for_each(|&object| marker.mark_object(object));
    let large = heap.allocate(LARGE * 8, Header::words(1, 0, LARGE * 8));
    assert!(!heap.advance(&mut |marker| marker.mark_object(large)));
    let young = leaf(&mut heap);
    while !heap.advance(&mut roots) {}
    assert!(!is_live(&heap, young) && kept.iter().all(|&object| is_live(&heap, object)));
}

#[test]
fn a_whole_collection_gives_up_the_one_under_way() {
    let mut heap = stepping_heap();
    let large = heap.allocate(LARGE * 8, Header::words(1, 0, LARGE * 8));
    let dropped = leaf(&mut heap);
    set_word(large, 0, dropped.to_word());
    let mut roots = |marker: &mut Marker| marker.mark_object(large);
    while !heap.marker.is_marked(dropped) {
        assert!(!heap.advance(&mut roots));
    }
    set_word(large, 0, NIL);
    heap.request_collection();
    assert!(heap.should_collect() && heap.advance(&mut roots));
    assert!(!is_live(&heap, dropped) && !heap.should_collect());
}

#[test]
fn a_program_that_only_writes_comes_to_the_end_of_a_collection() {
    let mut heap = stepping_heap();
    let large = heap.allocate(LARGE * 8, Header::words(1, 0, LARGE * 8));
    let mut roots = |marker: &mut Marker| marker.mark_object(large);
    let mut steps = 0;
    heap.collect_requested = true;
    while heap.tally.collections == 0 {
        if heap.should_collect() {
            heap.advance(&mut roots);
            steps += 1;
        }
        set_word(large, 0, large.to_word());
        heap.note_reference(large.to_word());
    }
    assert!(steps > 1);
}

#[test]
fn a_large_heap_is_collected_in_steps_and_grows_little_meanwhile() {
    let mut heap = Heap::new(HeapConfig::default());
    let mut head = leaf(&mut heap);
    for _ in 0..200_000 {
        let next = heap.allocate(16, Header::words(1, 0, 16));
        set_word(next, 0, head.to_word());
        head = next;
    }
    collect_keeping(&mut heap, &[head]);
    let goal = heap.stats().goal_bytes;
    let (mut steps, mut peak) = (0, 0);
    while heap.tally.collections == 1 {
        leaf(&mut heap);
        if heap.should_collect() {
            heap.advance(&mut |marker| marker.mark_object(head));
            steps += 1;
            peak = peak.max(heap.stats().allocated_bytes);
        }
    }
    assert!(steps > 4 && peak < goal + goal / 8, "{steps} steps, {peak} bytes of {goal}");
    assert_eq!(heap.stats().live_objects, 200_001);
}

#[test]
fn the_limit_of_the_heap_ends_a_collection_at_once() {
    let mut heap = Heap::new(HeapConfig { max_heap: 16 << 20, ..HeapConfig::default() });
    let mut head = leaf(&mut heap);
    for _ in 0..300_000 {
        let next = heap.allocate(16, Header::words(1, 0, 16));
        set_word(next, 0, head.to_word());
        head = next;
    }
    while !heap.should_collect() {
        leaf(&mut heap);
    }
    assert!(heap.advance(&mut |marker| marker.mark_object(head)), "what lives and what was asked for is the limit");
}
