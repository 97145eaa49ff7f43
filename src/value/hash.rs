//! Hashing: consistent with `==`, and keyed, so that nobody can choose keys that collide.
//!
//! The function is a keyed multiply-fold: a word is mixed with a random key and multiplied by another one to 128 bits, whose
//! halves are joined by exclusive or (as wyhash and its relatives do). Both keys are drawn anew for each run. A hash has 32 bits.

use super::equality::{MemoryKind, memory_identity};
use super::number::float_to_exact_int;
use super::object::*;
use super::overload::{call_overload, find_overload};
use super::runtime::{Host, Runtime};
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// The 32 bits that are kept: both halves count, since words that differ in their high bits only leave the low half poor.
#[inline(always)]
fn narrow(mixed: u64) -> u32 {
    (mixed ^ mixed >> 32) as u32
}

/// The hash of one word.
#[inline(always)]
pub fn hash_word(keys: &[u64; 2], word: u64) -> u32 {
    narrow(fold(word ^ keys[0], keys[1]))
}

/// The hash of text or bytes; never 0, which stands for *not computed yet*.
pub fn hash_bytes(keys: &[u64; 2], bytes: &[u8]) -> u32 {
    let length = bytes.len();
    let mut state = keys[0];
    let (first, last) = if length > 16 {
        for chunk in bytes[..length - 1].chunks_exact(16) {
            state = fold(read_8(&chunk[..8]) ^ keys[1], read_8(&chunk[8..]) ^ state);
        }
        let tail = &bytes[length - 16..];
        (read_8(&tail[..8]), read_8(&tail[8..]))
    } else if length >= 8 {
        (read_8(&bytes[..8]), read_8(&bytes[length - 8..]))
    } else if length >= 4 {
        (read_4(&bytes[..4]), read_4(&bytes[length - 4..]))
    } else if length > 0 {
        (bytes[0] as u64, (bytes[length / 2] as u64) << 8 | bytes[length - 1] as u64)
    } else {
        (0, 0)
    };
    let mixed = fold(first ^ keys[1], last ^ state);
    narrow(fold(mixed ^ length as u64, keys[1])).max(1)
}

#[inline(always)]
fn read_8(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn read_4(bytes: &[u8]) -> u64 {
    u32::from_le_bytes(bytes[..4].try_into().expect("four bytes")) as u64
}

/// How a key is hashed and found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyClass {
    /// Equal keys have equal bits: nil, bools, inline ints, floats that are no whole numbers.
    Bits,
    /// A string: equal by bytes.
    Text,
    /// [`simple_equal`](super::equality::simple_equal) decides: boxed ints, pointers, struct values without methods, types.
    Simple,
    /// A struct value with a `hash` method; scripts decide.
    Overloaded,
}

/// The key in the form that maps hold (1.0 becomes 1, -0.0 becomes 0), and how it is compared. `ValueError` for NaN, `TypeError` for
/// what is no key.
#[inline]
pub fn classify_key(rt: &mut Runtime, key: Value) -> Result<(Value, KeyClass), Thrown> {
    if key.is_inline_int() {
        Ok((key, KeyClass::Bits))
    } else if key.is_string() {
        Ok((key, KeyClass::Text))
    } else {
        classify_key_slow(rt, key)
    }
}

fn classify_key_slow(rt: &mut Runtime, key: Value) -> Result<(Value, KeyClass), Thrown> {
    if key.is_float() {
        let float = key.as_float();
        if float.is_nan() {
            return rt.fail(ErrorKind::ValueError, "NaN is no key of a map: it is not even equal to itself");
        }
        return Ok(match float_to_exact_int(float) {
            Some(int) => match Value::try_inline_int(int) {
                Some(key) => (key, KeyClass::Bits),
                None => (rt.int(int), KeyClass::Simple),
            },
            None => (key, KeyClass::Bits),
        });
    }
    let Some(kind) = key.kind() else {
        return Ok((key, KeyClass::Bits));
    };
    match kind {
        Kind::Integer | Kind::Type => Ok((key, KeyClass::Simple)),
        Kind::Block | Kind::View => match memory_identity(rt, key).kind {
            MemoryKind::Pointer => Ok((key, KeyClass::Simple)),
            MemoryKind::Slice => {
                not_hashable(rt, key, "its elements can change; use `.text()`, `.list()` joined to a string, or a struct")
            }
            MemoryKind::Record => {
                if find_overload(rt, key, "hash").is_some() {
                    Ok((key, KeyClass::Overloaded))
                } else if find_overload(rt, key, "==").is_some() {
                    not_hashable(
                        rt,
                        key,
                        "it defines `==` but not `hash`; add `fn hash(self)` that gives equal ints for equal values",
                    )
                } else {
                    Ok((key, KeyClass::Simple))
                }
            }
        },
        Kind::List | Kind::Map => not_hashable(rt, key, "it can change; use a string or a struct with `==` and `hash`"),
        _ => not_hashable(rt, key, "keys are nil, bools, numbers, strings, pointers, struct values and types"),
    }
}

#[cold]
fn not_hashable<T>(rt: &mut Runtime, key: Value, reason: &str) -> Result<T, Thrown> {
    let name = rt.type_name(key);
    rt.fail(ErrorKind::TypeError, format!("{name} cannot be the key of a map: {reason}"))
}

/// The hash of a key that needs no script, as [`classify_key`] gave it.
#[inline]
pub fn simple_hash(rt: &Runtime, key: Value) -> u32 {
    if key.is_string() {
        return string_hash(&rt.hash_keys, key);
    }
    let Some(kind) = key.kind() else {
        return hash_word(&rt.hash_keys, key.0);
    };
    let word = match kind {
        // SAFETY: the kind says which struct is there.
        Kind::Integer => unsafe { (*key.object::<IntegerObject>()).value as u64 },
        // SAFETY: as above.
        Kind::Type => unsafe { (*key.object::<TypeObject>()).type_id },
        Kind::Block | Kind::View => memory_identity(rt, key).address as u64,
        _ => key.0,
    };
    hash_word(&rt.hash_keys, word)
}

/// The hash of a string, which it keeps in its header once it was asked for.
#[inline]
pub fn string_hash(keys: &[u64; 2], string: Value) -> u32 {
    let known = (string.header().meta >> 32) as u32;
    if known != 0 { known } else { string_hash_slow(keys, string) }
}

#[cold]
#[inline(never)]
fn string_hash_slow(keys: &[u64; 2], string: Value) -> u32 {
    let hash = hash_bytes(keys, string.as_str().as_bytes());
    let header = string.address().header_pointer();
    // SAFETY: the string lives; `meta` is its own, and only the half that holds the hash changes.
    unsafe { (*header).meta = (*header).meta & 0xFFFF_FFFF | (hash as u64) << 32 };
    hash
}

/// The hash of a key whose struct has a `hash` method: what the method gives, mixed with the run's keys.
pub fn overloaded_hash(host: &mut dyn Host, key: Value) -> Result<u32, Thrown> {
    let answer = call_overload(host, key, "hash", &[])?.unwrap_or(Value::NIL);
    let rt = host.runtime();
    match answer.to_int() {
        Some(hash) => Ok(hash_word(&rt.hash_keys, hash as u64)),
        None => {
            let (owner, found) = (rt.type_name(key), rt.type_name(answer));
            rt.fail(ErrorKind::TypeError, format!("the `hash` method of {owner} gave {found}; expected an int"))
        }
    }
}

/// `hash(x)` of the language: an int, equal for equal values; a `TypeError` for what cannot be a key.
pub fn hash(host: &mut dyn Host, value: Value) -> Result<u32, Thrown> {
    let rt = host.runtime();
    let (key, class) = classify_key(rt, value)?;
    match class {
        KeyClass::Overloaded => overloaded_hash(host, key),
        _ => Ok(simple_hash(rt, key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const KEYS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03];

    #[test]
    fn texts_of_all_short_lengths_differ() {
        let mut seen = HashSet::new();
        for length in 0..100 {
            assert!(seen.insert(hash_bytes(&KEYS, &vec![b'a'; length])), "length {length}");
            assert!(seen.insert(hash_bytes(&KEYS, &vec![0u8; length + 1])), "zeros, length {length}");
        }
    }

    #[test]
    fn every_byte_of_a_text_counts() {
        for length in 1..70 {
            let base = vec![7u8; length];
            let expected = hash_bytes(&KEYS, &base);
            for i in 0..length {
                let mut changed = base.clone();
                changed[i] ^= 1;
                assert_ne!(hash_bytes(&KEYS, &changed), expected, "byte {i} of {length}");
            }
        }
    }

    #[test]
    fn other_keys_give_other_hashes() {
        let other = [KEYS[0] ^ 1, KEYS[1]];
        let differing = (0..1000u64).filter(|&i| hash_word(&KEYS, i) != hash_word(&other, i)).count();
        assert!(differing > 990);
    }

    #[test]
    fn words_in_patterns_spread_over_the_low_bits() {
        for shift in [0, 3, 12, 32, 48] {
            let slots: HashSet<u32> = (0..4096u64).map(|i| hash_word(&KEYS, i << shift) & 8191).collect();
            assert!(slots.len() > 2500, "shift {shift}: {} of 8192 slots", slots.len());
        }
    }
}
