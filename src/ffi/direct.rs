//! Calls whose arguments and result all stand in registers, through function pointers of a few shapes.
//!
//! System V (x86-64) and AAPCS64 hand out registers for integers and for floating point independently, so the order in which the two
//! are mixed does not matter, and a register that the callee has no parameter for may hold anything. A float (`f32`) is the low half
//! of its register. So a handful of shapes serves every signature of up to six integers and eight doubles.

use super::plan::{DOUBLE_REGISTERS, INTEGER_REGISTERS};

/// The words of a call: integers and pointers, and doubles, each in order.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Registers {
    pub integers: [u64; INTEGER_REGISTERS],
    pub doubles: [f64; DOUBLE_REGISTERS],
}

/// Calls a function of `count` integer arguments.
///
/// # Safety
/// The function at `address` takes `count` integers or pointers and gives an integer, a pointer or nothing.
#[inline(always)]
pub(super) unsafe fn call_integers(address: usize, words: &[u64; INTEGER_REGISTERS], count: usize) -> u64 {
    let [a, b, c, d, e, f] = *words;
    // SAFETY: the caller's promise; the shape is that of the function, with each argument widened to its register.
    unsafe {
        match count {
            0 => std::mem::transmute::<usize, extern "C" fn() -> u64>(address)(),
            1 => std::mem::transmute::<usize, extern "C" fn(u64) -> u64>(address)(a),
            2 => std::mem::transmute::<usize, extern "C" fn(u64, u64) -> u64>(address)(a, b),
            3 => std::mem::transmute::<usize, extern "C" fn(u64, u64, u64) -> u64>(address)(a, b, c),
            4 => std::mem::transmute::<usize, extern "C" fn(u64, u64, u64, u64) -> u64>(address)(a, b, c, d),
            5 => std::mem::transmute::<usize, extern "C" fn(u64, u64, u64, u64, u64) -> u64>(address)(a, b, c, d, e),
            _ => std::mem::transmute::<usize, extern "C" fn(u64, u64, u64, u64, u64, u64) -> u64>(address)(a, b, c, d, e, f),
        }
    }
}

/// [`call_integers`] of a function that gives a double (or a float in its low half).
///
/// # Safety
/// As there, but for the result.
pub(super) unsafe fn call_integers_to_double(address: usize, r: &Registers) -> f64 {
    let [a, b, c, d, e, f] = r.integers;
    // SAFETY: the caller's promise; see the head of the file for the registers beyond the function's parameters.
    unsafe { std::mem::transmute::<usize, extern "C" fn(u64, u64, u64, u64, u64, u64) -> f64>(address)(a, b, c, d, e, f) }
}

/// Calls a function of one to four doubles that gives a double.
///
/// # Safety
/// The function at `address` has that signature.
#[inline(always)]
pub(super) unsafe fn call_doubles(address: usize, doubles: &[f64; DOUBLE_REGISTERS], count: usize) -> f64 {
    let [a, b, c, d, ..] = *doubles;
    // SAFETY: the caller's promise.
    unsafe {
        match count {
            1 => std::mem::transmute::<usize, extern "C" fn(f64) -> f64>(address)(a),
            2 => std::mem::transmute::<usize, extern "C" fn(f64, f64) -> f64>(address)(a, b),
            3 => std::mem::transmute::<usize, extern "C" fn(f64, f64, f64) -> f64>(address)(a, b, c),
            _ => std::mem::transmute::<usize, extern "C" fn(f64, f64, f64, f64) -> f64>(address)(a, b, c, d),
        }
    }
}

/// Results of two registers.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Pair<A, B>(A, B);

macro_rules! mixed {
    ($(#[doc = $doc:literal] $name:ident -> $result:ty, $words:expr;)+) => {
        $(
            #[doc = $doc]
            ///
            /// # Safety
            /// The function at `address` takes at most six words in registers for integers and eight in those for doubles, and gives
            /// its result in these registers.
            pub(super) unsafe fn $name(address: usize, r: &Registers) -> [u64; 2] {
                type Shape = extern "C" fn(u64, u64, u64, u64, u64, u64, f64, f64, f64, f64, f64, f64, f64, f64) -> $result;
                let ([a, b, c, d, e, f], [s, t, u, v, w, x, y, z]) = (r.integers, r.doubles);
                // SAFETY: the caller's promise; see the head of the file for the registers beyond the function's parameters.
                let result = unsafe { std::mem::transmute::<usize, Shape>(address)(a, b, c, d, e, f, s, t, u, v, w, x, y, z) };
                let words: fn($result) -> [u64; 2] = $words;
                words(result)
            }
        )+
    };
}

mixed! {
    /// Calls a function that gives an integer, a pointer or nothing.
    call_mixed -> u64, |word| [word, 0];
    /// Calls a function that gives a double (or a float in its low half).
    call_mixed_to_double -> f64, |number| [number.to_bits(), 0];
    /// Calls a function that gives a struct of two words for integers.
    call_mixed_to_integers -> Pair<u64, u64>, |pair| [pair.0, pair.1];
    /// Calls a function that gives a struct of two words for doubles.
    call_mixed_to_doubles -> Pair<f64, f64>, |pair| [pair.0.to_bits(), pair.1.to_bits()];
    /// Calls a function that gives a struct of a word for integers and one for doubles.
    call_mixed_to_integer_double -> Pair<u64, f64>, |pair| [pair.0, pair.1.to_bits()];
    /// Calls a function that gives a struct of a word for doubles and one for integers.
    call_mixed_to_double_integer -> Pair<f64, u64>, |pair| [pair.0.to_bits(), pair.1];
}
