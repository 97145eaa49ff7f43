//! The module `time`. Times and durations are floats, in seconds.

use super::expect::no_constants;
use super::expect::parameter;
use crate::value::{Thrown, Value, float_to_exact_int};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub const NAMESPACE: Namespace = Namespace {
    name: "time",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Time, in seconds, and dates as text.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "now", signature: "()", minimum: 0, maximum: 0, function: now, doc: "The time of day: seconds since the beginning of 1970 (UTC), a float. It jumps when the clock is set." },
    NativeEntry { name: "monotonic", signature: "()", minimum: 0, maximum: 0, function: monotonic, doc: "Seconds since some moment in the past, a float that never goes back: for measuring." },
    NativeEntry { name: "sleep", signature: "(seconds)", minimum: 1, maximum: 1, function: sleep, doc: "Waits; Ctrl-C ends it. What was printed is written first. A negative duration or NaN is a `ValueError`." },
    NativeEntry { name: "format", signature: "(seconds, format = nil, zone = \"UTC\")", minimum: 1, maximum: 3, function: format, doc: "A moment, in seconds since the beginning of 1970, as text: `2001-09-09T01:46:40+00:00`, or as a format of `strftime` says, to the microsecond. `zone` is `\"UTC\"`, `\"local\"` or a name such as `\"Europe/Paris\"`. A wrong format, an unknown zone and a year beyond 9999 are a `ValueError`." },
    NativeEntry { name: "parse", signature: "(s, format = nil, zone = \"UTC\")", minimum: 1, maximum: 3, function: parse, doc: "The moment that a text names, in seconds since the beginning of 1970, a float: ISO 8601 (a date, or with a time of day), or as a format of `strptime` says. Without an offset in the text, `zone` counts. What does not fit is a `ValueError`." },
];

/// What `format` writes if it is given no format.
const DEFAULT_FORMAT: &str = "%Y-%m-%dT%H:%M:%S%:z";
/// In a second.
const MICROSECONDS: f64 = 1e6;

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

// ------------------------------------------------------------ dates

/// The time zone that a parameter names.
fn zone_of(vm: &mut Vm, arguments: Arguments, function: &'static str, index: usize) -> Result<TimeZone, Thrown> {
    let parameter = parameter(function, "zone", index);
    let name = parameter.optional_string(vm, arguments)?.unwrap_or("UTC");
    let found = match name {
        "UTC" => return Ok(TimeZone::UTC),
        "local" => TimeZone::try_system(),
        name => TimeZone::get(name),
    };
    match found {
        Ok(zone) => Ok(zone),
        Err(_) => parameter.wrong_value(
            vm,
            &format!("is \"UTC\", \"local\" or a name such as \"Europe/Paris\" that this system knows; not \"{name}\""),
        ),
    }
}

fn format(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let seconds = parameter("format", "seconds", 0).float(vm, arguments)?;
    let format = parameter("format", "format", 1).optional_string(vm, arguments)?.unwrap_or(DEFAULT_FORMAT);
    let zone = zone_of(vm, arguments, "format", 2)?;
    // A float does not know nanoseconds of today, and 0.1 is to show as 0.1.
    let microseconds = (seconds * MICROSECONDS).round();
    let Some(moment) = float_to_exact_int(microseconds).and_then(|count| Timestamp::from_microsecond(count).ok()) else {
        return parameter("format", "seconds", 0).wrong_value(vm, "is beyond the years -9999 to 9999");
    };
    match strtime::format(format, &moment.to_zoned(zone)) {
        Ok(text) => vm.runtime.string(&text),
        Err(error) => parameter("format", "format", 1).wrong_value(vm, &format!("is not valid: {error}")),
    }
}

fn parse(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = parameter("parse", "s", 0).string(vm, arguments)?;
    let format = parameter("parse", "format", 1).optional_string(vm, arguments)?;
    let zone = zone_of(vm, arguments, "parse", 2)?;
    let moment = match format {
        None => read_standard(text, zone),
        Some(format) => read_with(text, format, zone),
    };
    match moment {
        Ok(moment) => Ok(Value::float(moment.as_microsecond() as f64 / MICROSECONDS)),
        Err(error) => parameter("parse", "s", 0).wrong_value(vm, &format!("is no time of the expected form: {error}")),
    }
}

/// A moment as ISO 8601 and RFC 3339 write it; without an offset in it, one of this zone.
fn read_standard(text: &str, zone: TimeZone) -> Result<Timestamp, jiff::Error> {
    match text.parse::<Timestamp>() {
        Ok(moment) => Ok(moment),
        Err(_) => Ok(text.parse::<DateTime>()?.to_zoned(zone)?.timestamp()),
    }
}

/// A moment in this format; without an offset in it, one of this zone, and without a time of day its midnight.
fn read_with(text: &str, format: &str, zone: TimeZone) -> Result<Timestamp, jiff::Error> {
    let parts = strtime::parse(format, text)?;
    if let Ok(moment) = parts.to_timestamp() {
        return Ok(moment);
    }
    let when = match parts.to_datetime() {
        Ok(when) => when,
        Err(_) => parts.to_date()?.to_datetime(Time::midnight()),
    };
    Ok(when.to_zoned(zone)?.timestamp())
}
