//! Calls of the two shapes that are called most: numbers and pointers in registers for integers, and a few doubles.
//!
//! System V (x86-64) and AAPCS64 let a register that the callee has no parameter for hold anything, so one shape serves every count of
//! arguments. A float (`f32`) is the low half of its register.

use super::words::INTEGER_REGISTERS;

/// Doubles that [`call_doubles`] passes.
pub(super) const FEW_DOUBLES: usize = 4;

/// Calls a function of integer arguments.
///
/// # Safety
/// The function at `address` takes at most six integers or pointers, the first of the words, each extended to its register, and gives an
/// integer, a pointer or nothing. There are at least as many words as it takes.
#[inline(always)]
pub(super) unsafe fn call_integers<const N: usize>(address: usize, words: &[u64; N]) -> u64 {
    let [a, b, c, d, e, f]: [u64; INTEGER_REGISTERS] = padded(words);
    // SAFETY: the caller's promise.
    unsafe { std::mem::transmute::<usize, extern "C" fn(u64, u64, u64, u64, u64, u64) -> u64>(address)(a, b, c, d, e, f) }
}

/// Calls a function of doubles that gives a double.
///
/// # Safety
/// The function at `address` takes at most four doubles or floats, the first of those given, and gives a double or float. There are at
/// least as many words as it takes.
#[inline(always)]
pub(super) unsafe fn call_doubles<const N: usize>(address: usize, words: &[u64; N]) -> u64 {
    let [a, b, c, d]: [f64; FEW_DOUBLES] = padded(words).map(f64::from_bits);
    // SAFETY: the caller's promise.
    unsafe { std::mem::transmute::<usize, extern "C" fn(f64, f64, f64, f64) -> f64>(address)(a, b, c, d) }.to_bits()
}

/// The words, with zeros behind them.
#[inline(always)]
fn padded<const N: usize, const M: usize>(words: &[u64; N]) -> [u64; M] {
    std::array::from_fn(|index| if index < N { words[index] } else { 0 })
}
