//! Methods of structs that the language asks for by itself: `str`, `==`, `hash`, `<`, `len`, operators.

use super::equality::{MemoryKind, memory_identity};
use super::layout::RecordMethod;
use super::object::Kind;
use super::runtime::{Host, Runtime};
use super::thrown::Thrown;
use super::word::Value;

/// The method of a struct value by its name or operator; `None` for everything else and where it has none.
#[inline]
pub fn find_overload(rt: &Runtime, value: Value, name: &str) -> Option<RecordMethod> {
    match value.kind() {
        Some(Kind::Block | Kind::View) => find_overload_slow(rt, value, name),
        _ => None,
    }
}

fn find_overload_slow(rt: &Runtime, value: Value, name: &str) -> Option<RecordMethod> {
    let identity = memory_identity(rt, value);
    if identity.kind != MemoryKind::Record {
        return None;
    }
    rt.find_method(identity.type_id, name)
}

/// Calls the method of a struct value, with the value as `self` before the arguments; `None` if it has no such method. The value and the
/// arguments are kept alive during the call.
pub fn call_overload(host: &mut dyn Host, value: Value, name: &str, arguments: &[Value]) -> Result<Option<Value>, Thrown> {
    let rt = host.runtime();
    let Some(method) = find_overload(rt, value, name) else {
        return Ok(None);
    };
    let receiver = match method.part {
        Some((offset, part)) => rt.part_of_record(value, offset, part),
        None => value,
    };
    let mut all = [Value::NIL; 4];
    debug_assert!(arguments.len() < all.len());
    all[0] = receiver;
    all[1..=arguments.len()].copy_from_slice(arguments);
    let held = rt.held.len();
    rt.held.push(value);
    rt.held.extend_from_slice(&all[..=arguments.len()]);
    let result = host.call(method.function, &all[..=arguments.len()]);
    host.runtime().held.truncate(held);
    result.map(Some)
}
