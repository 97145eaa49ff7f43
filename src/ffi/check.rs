//! The checks of what C is given: what a call's arguments lead to, what a callback returns, and what it keeps by contract.
//!
//! Rule 2 of the language: C may keep a pointer to managed memory, or find one inside memory it was given, only while that memory is
//! pinned. The search itself is `value/layout/search.rs`; here arguments become its roots, and what it refuses becomes an error.

use crate::heap::Address;
use crate::value::{
    AS_WRITTEN, ErrorKind, ErrorRef, Kind, ListRef, Memory, PinChecks, PinTarget, Refusal, Representation, Root, Runtime, Thrown,
    TypeId, Value,
};

/// What stands under the marker of a refused argument.
const LABEL: &str = "C could follow this pointer after the collector took its memory back";

/// The arguments of a call, as the check looks at them.
#[derive(Clone, Copy)]
pub(super) struct CheckedCall<'a> {
    /// The function, as messages call it.
    pub name: &'a str,
    /// The parameters' names, a list of strings, or nil where nobody named them.
    pub parameters: Value,
    /// The declared types; arguments behind `...` have none.
    pub types: &'a [TypeId],
    pub arguments: &'a [Value],
    /// Some are structs by value, whose pointers are arguments of their own wherever the struct itself is.
    pub has_records: bool,
    /// Bytes in question, by argument, where a contract says so; may be shorter than the arguments.
    pub sizes: &'a [Option<usize>],
}

/// Fails with a `PinError` if something that the arguments lead to is managed memory without a pin.
#[inline]
pub(super) fn check_arguments(runtime: &mut Runtime, call: CheckedCall) -> Result<(), Thrown> {
    if !runtime.pin_policy.checks_arguments() {
        return Ok(());
    }
    let leads = |value: &Value| runtime.leads_anywhere(*value);
    if call.has_records || call.arguments.iter().any(leads) { check_slow(runtime, call) } else { Ok(()) }
}

#[inline(never)]
fn check_slow(runtime: &mut Runtime, call: CheckedCall) -> Result<(), Thrown> {
    let is_record = |runtime: &Runtime, id: TypeId| runtime.types.info(id).representation == Representation::Record;
    let is_plain = call.sizes.is_empty() && !call.types.iter().any(|&id| is_record(runtime, id));
    if is_plain && call.arguments.iter().all(|&value| runtime.leads_to_pinned_leaves(value)) {
        return Ok(());
    }
    let (roots, kept) = roots_of(runtime, call)?;
    match runtime.search(&roots, &kept) {
        None => Ok(()),
        Some(refusal) => refuse(runtime, call, &refusal),
    }
}

/// The parts that are in question, and the objects that the arguments point to.
fn roots_of(runtime: &mut Runtime, call: CheckedCall) -> Result<(Vec<Root>, Vec<Address>), Thrown> {
    let mut roots = Vec::new();
    let mut kept = Vec::new();
    for (index, &value) in call.arguments.iter().enumerate() {
        let number = index + 1;
        let is_record = |id: &TypeId| runtime.types.info(*id).representation == Representation::Record;
        if call.types.get(index).is_some_and(is_record) {
            let name = parameter_name(call.parameters, index);
            for (path, pointer) in pointers_of_record(runtime, value, &name)? {
                if runtime.can_never_be_pinned(pointer) {
                    let target = runtime.describe_object(pointer);
                    let refusal = Refusal { number, path, target, can_be_pinned: false, more: 0 };
                    return refuse(runtime, call, &refusal);
                }
                kept.extend(runtime.object_behind(pointer));
                roots.push(Root { value: pointer, name: path, number, bytes: None });
            }
            continue;
        }
        if let Some(object) = runtime.object_behind(value) {
            kept.push(object);
            if runtime.leads_anywhere(value) {
                let bytes = call.sizes.get(index).copied().flatten();
                roots.push(Root { value, name: parameter_name(call.parameters, index), number, bytes });
            }
        }
    }
    Ok((roots, kept))
}

/// The pointers in a struct value that is passed by value, each an argument of its own, with the way to it.
pub(super) fn pointers_of_record(runtime: &mut Runtime, value: Value, name: &str) -> Result<Vec<(String, Value)>, Thrown> {
    let Some(memory) = Memory::of(value) else { return Ok(Vec::new()) };
    let offsets = runtime.types.info(memory.type_id).pointers.clone();
    let mut pointers = Vec::with_capacity(offsets.len());
    for &offset in offsets.iter() {
        if let Some((path, pointer)) = runtime.pointer_at(value, offset as usize)? {
            pointers.push((format!("{name}{path}"), pointer));
        }
    }
    Ok(pointers)
}

fn parameter_name(parameters: Value, index: usize) -> String {
    let name = ListRef::of(parameters).and_then(|names| names.get(index)).and_then(|name| name.to_str());
    match name {
        Some(name) if !name.is_empty() => name.to_string(),
        _ => format!("argument{}", index + 1),
    }
}

#[cold]
fn refuse<T>(runtime: &mut Runtime, call: CheckedCall, refusal: &Refusal) -> Result<T, Thrown> {
    let message = format!("argument {} of {}: managed pointer to unpinned managed pointer", refusal.number, call.name);
    let name = parameter_name(call.parameters, refusal.number - 1);
    let thrown = runtime.fail(ErrorKind::PinError, message);
    thrown.map_err(|thrown| {
        if let Some(error) = ErrorRef::of_thrown(&thrown) {
            error.set_argument(refusal.number as i64);
        }
        explain(runtime, thrown, refusal, &name)
    })
}

/// Adds the path, what is wrong with it, and what to do.
fn explain(runtime: &mut Runtime, thrown: Thrown, refusal: &Refusal, name: &str) -> Thrown {
    let mut thrown = thrown.with_detail(runtime, &format!("{} -> {}", refusal.path, refusal.target));
    if refusal.more > 0 {
        thrown = thrown.with_detail(runtime, &format!("and {} more", refusal.more));
    }
    let help = if refusal.can_be_pinned {
        format!("pin it for as long as C may use it: pinner.pin(…), or pinner.pin_all({AS_WRITTEN}{name}{AS_WRITTEN})")
    } else if refusal.target.starts_with("freed") {
        "the memory it pointed to is gone; keep a reference to it, or set the slot to nil".to_string()
    } else {
        format!("a {} cannot be pinned: set the slot to nil, or give C an ffi.handle(value) in its place", refusal.target)
    };
    thrown.with_label(runtime, LABEL).with_help(runtime, &help)
}

/// `ffi.check(x)`: the check as if `x` were passed to a pointer parameter of its own type.
pub(super) fn check_value(runtime: &mut Runtime, value: Value) -> Result<(), Thrown> {
    let is_pointer = value.is_nil() || value.is_string() || Memory::of(value).is_some() || value.is_kind(Kind::Callback);
    if !is_pointer && !value.is_kind(Kind::CFunction) {
        let message = format!("ffi.check takes a pointer, not {}", runtime.type_name_of(value));
        return runtime.fail(ErrorKind::TypeError, message);
    }
    runtime.check_live(value)?;
    let name = runtime.string_lossy("x");
    let parameters = runtime.list_of(&[name])?.value();
    check_arguments(
        runtime,
        CheckedCall { name: "ffi.check", parameters, types: &[], arguments: &[value], has_records: false, sizes: &[] },
    )
}

/// All objects that have to be pinned before `value` can be passed to C.
pub fn objects_to_pin(runtime: &mut Runtime, value: Value) -> Result<Vec<Address>, Thrown> {
    let call = CheckedCall {
        name: "Pinner.pin_all",
        parameters: Value::NIL,
        types: &[],
        arguments: &[value],
        has_records: false,
        sizes: &[],
    };
    let (mut roots, kept) = roots_of(runtime, call)?;
    for root in &mut roots {
        root.name = "x".to_string();
    }
    match runtime.search_unpinned(&roots, &kept) {
        Ok(objects) => Ok(objects),
        Err(refusal) => {
            let thrown = runtime.fail(ErrorKind::PinError, "Pinner.pin_all: not all of it can be pinned");
            thrown.map_err(|thrown| explain(runtime, thrown, &refusal, "x"))
        }
    }
}

/// The result check: fails if what a callback returns to C (bytes of a type, at an address) holds a pointer to managed memory that
/// neither has a pin nor is kept by a C call in flight, or leads to such memory by way of what is pinned.
pub(super) fn check_callback_result(
    runtime: &mut Runtime,
    given: Value,
    address: usize,
    type_id: TypeId,
    kept: &[Address],
) -> Result<(), Thrown> {
    if !runtime.pin_policy.checks_arguments() {
        return Ok(());
    }
    // SAFETY: the caller gives the address of bytes of this type.
    if let Some((path, target)) = unsafe { runtime.unpinned_in(address, type_id, kept) } {
        return refuse_result(runtime, &format!("result{path}"), &target);
    }
    let is_record = runtime.types.info(type_id).representation == Representation::Record;
    if !is_record && !runtime.leads_anywhere(given) {
        return Ok(());
    }
    let mut roots = Vec::new();
    if is_record {
        for (name, value) in pointers_of_record(runtime, given, "result")? {
            roots.push(Root { value, name, number: 1, bytes: None });
        }
    } else {
        roots.push(Root { value: given, name: "result".to_string(), number: 1, bytes: None });
    }
    // What the call in flight keeps was searched when the call was made.
    roots.retain(|root| {
        runtime.leads_anywhere(root.value) && runtime.object_behind(root.value).is_none_or(|at| !kept.contains(&at))
    });
    match if roots.is_empty() { None } else { runtime.search(&roots, kept) } {
        None => Ok(()),
        Some(refusal) => refuse_result(runtime, &refusal.path, &refusal.target),
    }
}

#[cold]
fn refuse_result(runtime: &mut Runtime, path: &str, target: &str) -> Result<(), Thrown> {
    let thrown = runtime.fail(ErrorKind::PinError, "callback result has unpinned managed pointer");
    thrown.map_err(|thrown| {
        let thrown = thrown.with_detail(runtime, &format!("{path} -> {target}"));
        thrown.with_help(runtime, "pin it for as long as C may use it: pinner.pin(…)")
    })
}

/// The contract `@keeps`: fails unless what a value points to is pinned, or needs no pin. It is a promise of the declaration and no
/// search, so it holds at every level of `--pin-checks`. `path` leads from the argument to the value, if it is not the argument itself.
pub(super) fn check_keeps(runtime: &mut Runtime, name: &str, number: usize, path: &str, value: Value) -> Result<(), Thrown> {
    let Some(object) = runtime.object_behind(value) else { return Ok(()) };
    match runtime.pin_target(Value::reference(object))? {
        PinTarget::Nothing => Ok(()),
        PinTarget::Object(object) if runtime.heap.is_pinned(object.payload() as usize) => {
            if runtime.pin_policy.checks == PinChecks::Strict {
                runtime.foreign_stores.keep(object.payload() as usize);
            }
            Ok(())
        }
        PinTarget::Object(object) => {
            let target = runtime.describe_object(Value::reference(object));
            // The argument check asks for pins of what it leads to, so both are said at once.
            let pin = match runtime.leads_anywhere(value) {
                true => format!(
                    "it and what it leads to, for as long as C keeps it: pinner.pin(pinner.pin_all({AS_WRITTEN}…{AS_WRITTEN}))"
                ),
                false => format!("it for as long as C keeps it: pinner.pin({AS_WRITTEN}…{AS_WRITTEN})"),
            };
            let message = format!("argument {number} of {name}: C keeps this pointer, but it points to unpinned memory");
            runtime.fail(ErrorKind::PinError, message).map_err(|thrown| {
                if let Some(error) = ErrorRef::of_thrown(&thrown) {
                    error.set_argument(number as i64);
                }
                thrown
                    .with_detail(runtime, format!("{path} -> {target}").trim_start())
                    .with_label(runtime, "C could use this pointer after the collector took its memory back")
                    .with_help(runtime, &format!("pin {pin}"))
            })
        }
    }
}
