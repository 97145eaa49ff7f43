//! Where the words of a call stand, by System V on x86-64.
//!
//! A number or pointer takes the next free register of its class, a struct of one or two words as many as it needs if all of them are
//! free. What finds none goes to the stack, in order, and so do structs that are larger. Results come in registers of the same classes,
//! or in memory whose address the caller gives as if it were a first argument.

use super::plan::ParameterPlan;
use super::register_class::{Passing, RegisterClass};

pub(super) const INTEGER_REGISTERS: usize = 6;
pub(super) const DOUBLE_REGISTERS: usize = 8;

/// The registers of arguments: those for integers, then those for doubles.
pub(super) type ArgumentRegisters = [u64; INTEGER_REGISTERS + DOUBLE_REGISTERS];
/// The registers of results: two for integers, two for doubles.
pub(super) type ResultRegisters = [u64; 4];

/// Where an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The number of one of the [`ArgumentRegisters`].
    Register(u8),
    /// Two of them: a struct of two words.
    Registers(u8, u8),
    /// On the stack, from this word on.
    Stack(u16),
}

/// How far registers and stack are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub integers: u8,
    pub doubles: u8,
    /// Words of the stack.
    pub stack: u16,
}

impl Taken {
    /// The place of the next argument of one word.
    #[inline]
    pub fn word(&mut self, class: RegisterClass) -> Place {
        self.register(class).map_or_else(|| self.on_stack(1), Place::Register)
    }

    /// The place of the next argument that is a struct; `None` if it goes another way than System V's.
    pub fn record(&mut self, passing: Passing, size: usize) -> Option<Place> {
        match passing {
            Passing::Registers { first, second } => {
                let before = *self;
                let place = match (self.register(first), second) {
                    (Some(first), None) => Some(Place::Register(first)),
                    (Some(first), Some(second)) => self.register(second).map(|second| Place::Registers(first, second)),
                    (None, _) => None,
                };
                Some(place.unwrap_or_else(|| {
                    *self = before;
                    self.on_stack(size.div_ceil(8))
                }))
            }
            Passing::Memory => Some(self.on_stack(size.div_ceil(8))),
            Passing::ByFields => None,
        }
    }

    fn register(&mut self, class: RegisterClass) -> Option<u8> {
        let (taken, all, first) = match class {
            RegisterClass::Integer => (&mut self.integers, INTEGER_REGISTERS, 0),
            RegisterClass::Double => (&mut self.doubles, DOUBLE_REGISTERS, INTEGER_REGISTERS as u8),
        };
        if *taken as usize == all {
            return None;
        }
        *taken += 1;
        Some(first + *taken - 1)
    }

    fn on_stack(&mut self, words: usize) -> Place {
        let place = Place::Stack(self.stack);
        self.stack += words as u16;
        place
    }
}

/// The numbers of the [`ResultRegisters`] that a result of one or two words comes in.
pub(super) fn result_registers(first: RegisterClass, second: Option<RegisterClass>) -> (u8, u8) {
    let of = |class| if class == RegisterClass::Double { 2 } else { 0 };
    match second {
        Some(second) if second == first => (of(first), of(first) + 1),
        Some(second) => (of(first), of(second)),
        None => (of(first), of(first) + 1),
    }
}

/// Words of the stack that need no memory of their own.
const FEW: usize = 16;

/// The words of one call.
pub(super) struct CallWords {
    pub registers: ArgumentRegisters,
    few: [u64; FEW],
    many: Vec<u64>,
    stack_words: usize,
}

impl CallWords {
    /// All zero. `stack_words` is at least what the places of the call's arguments say.
    #[inline(always)]
    pub fn new(stack_words: usize) -> CallWords {
        let many = if stack_words > FEW { vec![0; stack_words] } else { Vec::new() };
        CallWords { registers: [0; _], few: [0; FEW], many, stack_words }
    }

    /// What goes to the stack.
    #[inline(always)]
    pub fn stack(&mut self) -> &mut [u64] {
        if self.stack_words > FEW { &mut self.many } else { &mut self.few[..self.stack_words] }
    }

    /// Puts a number or pointer in its place.
    #[inline(always)]
    pub fn put(&mut self, place: Place, word: u64) {
        match place {
            Place::Register(number) => self.registers[number as usize] = word,
            Place::Stack(at) => self.stack()[at as usize] = word,
            Place::Registers(..) => unreachable!("only structs take two registers"),
        }
    }

    /// Puts an argument in its place; of a struct, `word` is the address.
    ///
    /// # Safety
    /// A struct of the parameter's type stands there.
    #[inline(always)]
    pub unsafe fn put_argument(&mut self, parameter: &ParameterPlan, word: u64) {
        if parameter.record_size == 0 {
            return self.put(parameter.place, word);
        }
        // SAFETY: the caller's promise.
        unsafe { self.put_record(parameter, word as usize as *const u8) }
    }

    /// Puts the struct at an address in its place.
    ///
    /// # Safety
    /// A struct of the parameter's type stands there.
    #[inline(always)]
    pub unsafe fn put_record(&mut self, parameter: &ParameterPlan, bytes: *const u8) {
        let size = parameter.record_size as usize;
        match parameter.place {
            Place::Stack(at) => {
                let room = &mut self.stack()[at as usize..][..size.div_ceil(8)];
                // SAFETY: the caller's promise; the words have room for the struct.
                unsafe { std::ptr::copy_nonoverlapping(bytes, room.as_mut_ptr().cast::<u8>(), size) };
            }
            Place::Register(number) => {
                // SAFETY: the caller's promise; a struct in one register has at most eight bytes.
                self.registers[number as usize] = unsafe { read_word(bytes, size) };
            }
            Place::Registers(first, second) => {
                // SAFETY: the caller's promise; a struct in two registers has nine to sixteen bytes.
                unsafe {
                    self.registers[first as usize] = read_word(bytes, 8);
                    self.registers[second as usize] = read_word(bytes.add(8), size - 8);
                }
            }
        }
    }
}

/// The word whose first bytes stand at an address; the others are zero.
///
/// # Safety
/// So many bytes, at most eight, can be read.
#[inline(always)]
unsafe fn read_word(bytes: *const u8, size: usize) -> u64 {
    if size == 8 {
        // SAFETY: the caller's promise.
        return unsafe { bytes.cast::<u64>().read_unaligned() };
    }
    let mut word = 0u64;
    // SAFETY: the caller's promise; a word has room for them.
    unsafe { std::ptr::copy_nonoverlapping(bytes, (&raw mut word).cast::<u8>(), size) };
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use RegisterClass::{Double, Integer};

    #[test]
    fn words_take_registers_of_their_class_then_the_stack() {
        let mut taken = Taken::default();
        let integers: Vec<Place> = (0..8).map(|_| taken.word(Integer)).collect();
        assert_eq!(integers[..2], [Place::Register(0), Place::Register(1)]);
        assert_eq!(integers[5..], [Place::Register(5), Place::Stack(0), Place::Stack(1)]);
        let doubles: Vec<Place> = (0..9).map(|_| taken.word(Double)).collect();
        assert_eq!((doubles[0], doubles[7], doubles[8]), (Place::Register(6), Place::Register(13), Place::Stack(2)));
    }

    #[test]
    fn a_struct_that_does_not_fit_registers_leaves_them_to_others() {
        let mut taken = Taken { integers: 5, ..Taken::default() };
        let two = Passing::Registers { first: Integer, second: Some(Integer) };
        assert_eq!(taken.record(two, 16), Some(Place::Stack(0)));
        let mixed = Passing::Registers { first: Integer, second: Some(Double) };
        assert_eq!(taken.record(mixed, 12), Some(Place::Registers(5, 6)));
        assert_eq!(taken.record(mixed, 12), Some(Place::Stack(2)));
        assert_eq!(taken.record(Passing::Memory, 20), Some(Place::Stack(4)));
        assert_eq!(taken, Taken { integers: 6, doubles: 1, stack: 7 });
    }

    #[test]
    fn results_come_in_registers_of_their_classes() {
        assert_eq!(result_registers(Integer, None).0, 0);
        assert_eq!(result_registers(Double, None).0, 2);
        assert_eq!(result_registers(Integer, Some(Integer)), (0, 1));
        assert_eq!(result_registers(Double, Some(Double)), (2, 3));
        assert_eq!(result_registers(Double, Some(Integer)), (2, 0));
        assert_eq!(result_registers(Integer, Some(Double)), (0, 2));
    }

    #[test]
    fn many_words_of_the_stack_find_room() {
        for count in [0, 1, FEW, FEW + 1, 1000] {
            let mut words = CallWords::new(count);
            assert_eq!(words.stack().len(), count);
            for at in 0..count {
                words.put(Place::Stack(at as u16), at as u64 + 1);
            }
            assert!(words.stack().iter().copied().eq(1..=count as u64));
        }
    }
}
