//! The module `random`: xoshiro256** by Blackman and Vigna (<https://prng.di.unimi.it>), seeded through SplitMix64. Not for secrets.
//!
//! The numbers that follow a seed are the same in every version and on every system.

use super::expect::{no_constants, parameter};
use crate::value::{ErrorKind, ListRef, RangeParts, Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::hash::{BuildHasher, Hasher, RandomState};

pub const NAMESPACE: Namespace = Namespace {
    name: "random",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Random numbers by xoshiro256**, which differ in each run unless `random.seed` is called; the same seed gives the same numbers everywhere. Not for secrets.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "seed", signature: "(n = nil)", minimum: 0, maximum: 1, function: seed, doc: "Begins the numbers that belong to the int `n`; without it, others in each run." },
    NativeEntry { name: "int", signature: "(a, b)", minimum: 2, maximum: 2, function: int, doc: "An int from `a` to `b`, both included, each as likely; `a` above `b` is a `ValueError`." },
    NativeEntry { name: "float", signature: "()", minimum: 0, maximum: 0, function: float, doc: "A float from 0 to below 1, a multiple of 2^-53." },
    NativeEntry { name: "choice", signature: "(xs)", minimum: 1, maximum: 1, function: choice, doc: "An element of a list, range or another iterable; of none it is a `ValueError`." },
    NativeEntry { name: "shuffle", signature: "(xs)", minimum: 1, maximum: 1, function: shuffle, doc: "Puts the elements of a list into a random order, in place, and returns the list.\n\n    random.seed(1)\n    print(sorted(random.shuffle([3, 1, 2])))   # => [1, 2, 3]" },
    NativeEntry { name: "sample", signature: "(xs, n)", minimum: 2, maximum: 2, function: sample, doc: "A list of `n` elements of an iterable from different places, in random order; more than there are is a `ValueError`." },
];

/// The state of xoshiro256**; never all zero.
struct Generator([u64; 4]);

impl Generator {
    /// The generator that belongs to a seed: four numbers of SplitMix64.
    fn from_seed(seed: u64) -> Generator {
        let mut state = seed;
        Generator(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        }))
    }

    fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below `bound`, each as likely (by Lemire's multiplication); a bound of 0 stands for 2^64.
    fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return self.next();
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = self.next() as u128 * bound as u128;
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }
}

impl Default for Generator {
    /// A seed from the system, by way of the keys that the standard library draws for its hash maps.
    fn default() -> Self {
        Generator::from_seed(RandomState::new().build_hasher().finish())
    }
}

fn seed(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let generator = match parameter("seed", "n", 0).optional_int(vm, arguments)? {
        Some(seed) => Generator::from_seed(seed as u64),
        None => Generator::default(),
    };
    *vm.state::<Generator>() = generator;
    Ok(Value::NIL)
}

fn int(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let low = parameter("int", "a", 0).int(vm, arguments)?;
    let high = parameter("int", "b", 1).int(vm, arguments)?;
    if low > high {
        return parameter("int", "a", 0).wrong_value(vm, &format!("must not be above `b`; {low} is above {high}"));
    }
    let distance = high.wrapping_sub(low) as u64;
    let offset = vm.state::<Generator>().below(distance.wrapping_add(1));
    Ok(vm.runtime.int(low.wrapping_add(offset as i64)))
}

fn float(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    let bits = vm.state::<Generator>().next() >> 11;
    Ok(Value::float(bits as f64 * (1.0 / (1u64 << 53) as f64)))
}

fn choice(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let value = arguments.get(0);
    if let Some(range) = RangeParts::of(value)
        && range.count() > 0
    {
        let at = vm.state::<Generator>().below(range.count());
        return Ok(vm.runtime.int(range.get(at).unwrap_or_default()));
    }
    let list = match ListRef::of(value) {
        Some(list) => list,
        None => vm.collect_iterable(value)?,
    };
    if list.is_empty() {
        return vm.fail(ErrorKind::ValueError, "choice() of no elements; check the length first");
    }
    let at = vm.state::<Generator>().index(list.len());
    Ok(list.values()[at])
}

fn shuffle(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = parameter("shuffle", "xs", 0).list(vm, arguments)?;
    let values = list.values_mut(&mut vm.runtime.heap);
    let generator = vm.state::<Generator>();
    for at in (1..values.len()).rev() {
        values.swap(at, generator.index(at + 1));
    }
    Ok(list.value())
}

fn sample(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let count = parameter("sample", "n", 1).count(vm, arguments)?;
    let list = vm.collect_iterable(arguments.get(0))?;
    if count > list.len() {
        let length = list.len();
        return parameter("sample", "n", 1)
            .wrong_value(vm, &format!("must not be above the number of elements; {count} is above {length}"));
    }
    let values = list.values_mut(&mut vm.runtime.heap);
    let generator = vm.state::<Generator>();
    for at in 0..count {
        let from = at + generator.index(values.len() - at);
        values.swap(at, from);
    }
    list.truncate(count);
    Ok(list.value())
}

#[cfg(test)]
mod tests {
    use super::Generator;

    #[test]
    fn the_numbers_of_a_seed_never_change() {
        // SplitMix64 of 0 as its authors publish it, then xoshiro256** from there.
        let mut generator = Generator::from_seed(0);
        assert_eq!(generator.0[0], 0xE220_A839_7B1D_CDAF);
        assert_eq!(generator.0[1], 0x6E78_9E6A_A1B9_65F4);
        let first: Vec<u64> = (0..3).map(|_| generator.next()).collect();
        assert_eq!(first, [0x99EC_5F36_CB75_F2B4, 0xBF6E_1F78_4956_452A, 0x1A5F_849D_4933_E6E0]);
    }

    #[test]
    fn numbers_below_a_bound_reach_all_and_only_those() {
        let mut generator = Generator::from_seed(1);
        let mut seen = [0u32; 7];
        for _ in 0..7000 {
            seen[generator.below(7) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1200).contains(&count)), "{seen:?}");
        assert_eq!(generator.below(1), 0);
    }
}
