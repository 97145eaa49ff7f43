//! The module `time`. Times and durations are floats, in seconds.

use super::expect::no_constants;
use super::expect::parameter;
use crate::value::{Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub const NAMESPACE: Namespace = Namespace {
    name: "time",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Time, in seconds.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "now", signature: "()", minimum: 0, maximum: 0, function: now, doc: "The time of day: seconds since the beginning of 1970 (UTC), a float. It jumps when the clock is set." },
    NativeEntry { name: "monotonic", signature: "()", minimum: 0, maximum: 0, function: monotonic, doc: "Seconds since some moment in the past, a float that never goes back: for measuring." },
    NativeEntry { name: "sleep", signature: "(seconds)", minimum: 1, maximum: 1, function: sleep, doc: "Waits; Ctrl-C ends it. What was printed is written first. A negative duration or NaN is a `ValueError`." },
];

/// How often a sleep looks whether Ctrl-C was pressed.
const NAP: Duration = Duration::from_millis(20);

/// Where `monotonic` begins to count.
struct Start(Instant);

impl Default for Start {
    fn default() -> Self {
        Start(Instant::now())
    }
}

fn now(_: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    // A clock that was set before 1970 counts backwards.
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    };
    Ok(Value::float(seconds))
}

fn monotonic(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    Ok(Value::float(vm.state::<Start>().0.elapsed().as_secs_f64()))
}

fn sleep(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let seconds = parameter("sleep", "seconds", 0).float(vm, arguments)?;
    if seconds.is_nan() || seconds < 0.0 {
        return parameter("sleep", "seconds", 0).wrong_value(vm, "must not be negative or NaN");
    }
    vm.flush_output()?;
    let end = Duration::try_from_secs_f64(seconds).ok().and_then(|duration| Instant::now().checked_add(duration));
    // Ctrl-C is thrown at the safepoint behind this call.
    while !vm.interrupted.load(Ordering::Relaxed) {
        let left = end.map_or(NAP, |end| end.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            break;
        }
        std::thread::sleep(left.min(NAP));
    }
    Ok(Value::NIL)
}
