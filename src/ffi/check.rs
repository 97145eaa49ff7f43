//! The checks of what C is given: what a call's arguments lead to, what a callback returns, and, under strict checks, what C kept.
//!
//! Rule 2 of the language: C may keep a pointer to managed memory, or find one inside memory it was given, only while that memory is
//! pinned. The search itself is `value/layout/search.rs`; here arguments become its roots, and what it refuses becomes an error.

use crate::heap::Address;
use crate::value::{
    CFunctionObject, ErrorKind, ErrorRef, Kind, ListRef, Memory, PinChecks, PinTarget, Refusal, Representation, Root, Runtime,
    Thrown, TypeId, TypeKind, Value,
};
use crate::vm::CallToC;

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
    if call.arguments.iter().any(leads) { check_slow(runtime, call) } else { Ok(()) }
}

#[cold]
fn check_slow(runtime: &mut Runtime, call: CheckedCall) -> Result<(), Thrown> {
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
fn pointers_of_record(runtime: &mut Runtime, value: Value, name: &str) -> Result<Vec<(String, Value)>, Thrown> {
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
            error.set_argument(Value::inline_int(refusal.number as i64));
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
        format!("pin it for as long as C may use it: pinner.pin(…), or pinner.pin_all({name})")
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
    runtime.check_arena(value)?;
    let name = runtime.string_lossy("x");
    let parameters = runtime.list_of(&[name])?.value();
    check_arguments(runtime, CheckedCall { name: "ffi.check", parameters, types: &[], arguments: &[value], sizes: &[] })
}

/// All objects that have to be pinned before `value` can be passed to C.
pub fn objects_to_pin(runtime: &mut Runtime, value: Value) -> Result<Vec<Address>, Thrown> {
    let call = CheckedCall { name: "Pinner.pin_all", parameters: Value::NIL, types: &[], arguments: &[value], sizes: &[] };
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
/// neither has a pin nor is kept by an argument of a C call in flight.
pub(super) fn check_callback_result(
    runtime: &mut Runtime,
    address: usize,
    type_id: TypeId,
    kept: &[Address],
) -> Result<(), Thrown> {
    if !runtime.pin_policy.checks_arguments() {
        return Ok(());
    }
    // SAFETY: the caller gives the address of bytes of this type.
    match unsafe { runtime.unpinned_in(address, type_id, kept) } {
        None => Ok(()),
        Some((path, target)) => {
            let thrown = runtime.fail(ErrorKind::PinError, "callback result has unpinned managed pointer");
            thrown.map_err(|thrown| {
                let thrown = thrown.with_detail(runtime, &format!("result{path} -> {target}"));
                thrown.with_help(runtime, "pin it for as long as C may use it: pinner.pin(…)")
            })
        }
    }
}

/// The contract `@keeps`: fails unless what a value points to is pinned, or needs no pin.
pub(super) fn check_keeps(runtime: &mut Runtime, name: &str, number: usize, value: Value) -> Result<(), Thrown> {
    if !runtime.pin_policy.checks_arguments() {
        return Ok(());
    }
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
            let message = format!("argument {number} of {name}: C keeps this pointer, but it points to unpinned memory");
            runtime.fail(ErrorKind::PinError, message).map_err(|thrown| {
                if let Some(error) = ErrorRef::of_thrown(&thrown) {
                    error.set_argument(Value::inline_int(number as i64));
                }
                thrown
                    .with_detail(runtime, &format!("-> {target}"))
                    .with_label(runtime, "C could use this pointer after the collector took its memory back")
                    .with_help(runtime, "pin it for as long as C keeps it: pinner.pin(…)")
            })
        }
    }
}

/// Strict checks: the arguments of the innermost C call in progress are checked again, because a callback is going to return to it.
#[inline]
pub(super) fn check_again(runtime: &mut Runtime, call: *const CallToC) -> Result<(), Thrown> {
    // SAFETY: a call in progress stands on the machine's stack until it returns.
    match unsafe { call.as_ref() } {
        Some(in_progress) if runtime.pin_policy.checks == PinChecks::Strict => check_again_slow(runtime, in_progress),
        _ => Ok(()),
    }
}

#[cold]
fn check_again_slow(runtime: &mut Runtime, call: &CallToC) -> Result<(), Thrown> {
    let (name, parameters) = name_of(runtime, call.function);
    let types = match &runtime.types.info(signature_of(runtime, call.function)).kind {
        TypeKind::Function(function) => function.parameters.clone(),
        _ => Vec::new(),
    };
    let mut arguments = call.arguments().to_vec();
    if arguments.len() < types.len() {
        // Some parameters are left out (`@out`), so the types are not those of the arguments: structs by value are passed over.
        for argument in &mut arguments {
            let type_id = runtime.type_of(*argument);
            if runtime.types.info(type_id).representation == Representation::Record {
                *argument = Value::NIL;
            }
        }
        return check_arguments(runtime, CheckedCall { name: &name, parameters, types: &[], arguments: &arguments, sizes: &[] });
    }
    check_arguments(runtime, CheckedCall { name: &name, parameters, types: &types, arguments: &arguments, sizes: &[] })
}

fn signature_of(runtime: &Runtime, function: Value) -> TypeId {
    if function.is_kind(Kind::CFunction) {
        // SAFETY: the kind says that a `CFunctionObject` is there.
        TypeId(unsafe { (*function.object::<CFunctionObject>()).function_type } as u32)
    } else {
        runtime.type_of(function)
    }
}

/// A C function's name, and the names of its parameters (nil where nobody named them).
fn name_of(runtime: &Runtime, function: Value) -> (String, Value) {
    if function.is_kind(Kind::CFunction) {
        // SAFETY: the kind says that a `CFunctionObject` is there.
        let object = unsafe { &*function.object::<CFunctionObject>() };
        (object.name.to_str().unwrap_or("?").to_string(), object.parameters)
    } else {
        (runtime.type_name_of(function).to_string(), Value::NIL)
    }
}

/// Strict checks: what memory that Cotter knows held before a call, to find out which arguments C kept there.
pub(super) struct KeptWatch {
    /// Address and content of each piece of memory.
    before: Vec<(usize, Vec<usize>)>,
    /// The number of each argument that has no pin, and its object.
    arguments: Vec<(usize, Address)>,
}

impl KeptWatch {
    /// Notes the memory, if the checks are strict and an argument could be kept that must not.
    #[inline]
    pub fn begin(runtime: &mut Runtime, arguments: &[Value]) -> Option<KeptWatch> {
        if runtime.pin_policy.checks != PinChecks::Strict { None } else { KeptWatch::begin_slow(runtime, arguments) }
    }

    #[cold]
    fn begin_slow(runtime: &mut Runtime, arguments: &[Value]) -> Option<KeptWatch> {
        let mut unpinned = Vec::new();
        for (index, &value) in arguments.iter().enumerate() {
            if let Some(object) = runtime.object_behind(value)
                && let Ok(PinTarget::Object(_)) = runtime.pin_target(Value::reference(object))
                && !runtime.heap.is_pinned(object.payload() as usize)
            {
                unpinned.push((index + 1, object));
            }
        }
        if unpinned.is_empty() {
            return None;
        }
        // SAFETY: the memory is known, so it can be read.
        let read = |(start, bytes): (usize, usize)| (start, unsafe { words_at(start, bytes) });
        let before = runtime.known_foreign_memory().into_iter().map(read).collect();
        Some(KeptWatch { before, arguments: unpinned })
    }

    /// Fails if memory that changed since holds an argument's address.
    pub fn end(self, runtime: &mut Runtime, function: Value) -> Result<(), Thrown> {
        let known = runtime.known_foreign_memory();
        for (start, before) in self.before {
            // Memory that was given back meanwhile, or is new, is left out.
            if !known.iter().any(|&(address, bytes)| address == start && bytes / size_of::<usize>() == before.len()) {
                continue;
            }
            // SAFETY: the memory is known, so it can be read.
            let after = unsafe { words_at(start, before.len() * size_of::<usize>()) };
            for (&now, _) in after.iter().zip(&before).filter(|(now, then)| now != then) {
                let Some(found) = runtime.heap.is_managed(now).then(|| runtime.heap.find_object(now)).flatten() else { continue };
                let kept = self.arguments.iter().find(|(_, object)| *object == found.address);
                if let Some(&(number, object)) = kept.filter(|_| !runtime.heap.is_pinned(now)) {
                    let (name, _) = name_of(runtime, function);
                    let target = runtime.describe_object(Value::reference(object));
                    let message = format!("{name} kept argument {number} in C memory after it returned");
                    return runtime.fail(ErrorKind::PinError, message).map_err(|thrown| {
                        if let Some(error) = ErrorRef::of_thrown(&thrown) {
                            error.set_argument(Value::inline_int(number as i64));
                        }
                        thrown.with_detail(runtime, &format!("-> {target}")).with_help(
                            runtime,
                            "pin it for as long as C keeps it: pinner.pin(…); @keeps on the parameter says so for every call",
                        )
                    });
                }
            }
        }
        Ok(())
    }
}

/// The whole words of memory.
///
/// # Safety
/// The bytes can be read.
unsafe fn words_at(start: usize, bytes: usize) -> Vec<usize> {
    // SAFETY: the caller's promise.
    (0..bytes / size_of::<usize>()).map(|i| unsafe { (start as *const usize).add(i).read_unaligned() }).collect()
}
