//! What strict checks add to a call: arguments that C kept, and arguments that a callback changed.

use super::call::c_function;
use super::check::{CheckedCall, check_arguments, pointers_of_record};
use super::contract_check::{CallCheck, size_in_question};
use super::plan::Plan;
use crate::heap::Address;
use crate::value::{
    CFunctionObject, ErrorKind, ErrorRef, Kind, PinChecks, PinTarget, Representation, Runtime, Thrown, TypeId, TypeKind, Value,
};
use crate::vm::CallToC;

/// A call as its declaration counts it: one value for each parameter, nil for those that the caller leaves out, and then what stands
/// behind `...`.
struct DeclaredCall {
    name: String,
    /// The parameters' names, a list of strings, or nil where nobody named them.
    parameters: Value,
    types: Vec<TypeId>,
    arguments: Vec<Value>,
    /// What the contracts of an extern function are part of.
    plan: Option<&'static Plan>,
}

impl DeclaredCall {
    fn of(runtime: &mut Runtime, function: Value, given: &[Value]) -> DeclaredCall {
        let (name, parameters, left_out, type_id, plan) = if function.is_kind(Kind::CFunction) {
            // SAFETY: the kind says that a `CFunctionObject` is there.
            let object = unsafe { &*function.object::<CFunctionObject>() };
            let name = object.name.to_str().unwrap_or("?").to_string();
            let plan = c_function(function).bind(runtime).ok().map(|(_, plan)| plan);
            (name, object.parameters, object.left_out, TypeId(object.function_type as u32), plan)
        } else {
            (runtime.type_name_of(function).to_string(), Value::NIL, 0, runtime.type_of(function), None)
        };
        let types = match &runtime.types.info(type_id).kind {
            TypeKind::Function(function) => function.parameters.clone(),
            _ => Vec::new(),
        };
        let mut given = given.iter().copied();
        let mut arguments: Vec<Value> = (0..types.len())
            .map(|i| {
                if left_out.checked_shr(i as u32).is_some_and(|bits| bits & 1 == 1) {
                    Value::NIL
                } else {
                    given.next().unwrap_or(Value::NIL)
                }
            })
            .collect();
        arguments.extend(given);
        DeclaredCall { name, parameters, types, arguments, plan }
    }

    /// The bytes in question of each argument, as far as contracts say so and what they name is still there.
    fn sizes(&self, runtime: &mut Runtime) -> Vec<Option<usize>> {
        let Some(plan) = self.plan else { return Vec::new() };
        let call = CallCheck { plan, values: &self.arguments[..plan.parameters.len().min(self.arguments.len())] };
        let rules = plan.contracts.parameters.iter().enumerate();
        rules.map(|(i, contract)| contract.sized_by.as_ref().and_then(|rule| size_in_question(runtime, &call, i, rule))).collect()
    }
}

/// The arguments of the innermost C call in progress are checked again, because a callback is going to return to it.
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
    let call = DeclaredCall::of(runtime, call.function, call.arguments());
    let sizes = call.sizes(runtime);
    let DeclaredCall { name, parameters, types, arguments, .. } = &call;
    let call = CheckedCall { name, parameters: *parameters, types, arguments, has_records: true, sizes: &sizes };
    check_arguments(runtime, call)
}

/// What memory that Cotter knows held before a call, to find out which arguments C kept there.
pub(super) struct KeptWatch {
    /// Address and content of each piece of memory.
    before: Vec<(usize, Vec<u8>)>,
    /// The number of each argument that has no pin, and its object.
    arguments: Vec<(usize, Address)>,
    name: String,
}

impl KeptWatch {
    /// Notes the memory, if the checks are strict and an argument could be kept that must not.
    #[inline]
    pub fn begin(runtime: &mut Runtime, function: Value, arguments: &[Value]) -> Option<KeptWatch> {
        if runtime.pin_policy.checks != PinChecks::Strict { None } else { KeptWatch::begin_slow(runtime, function, arguments) }
    }

    #[cold]
    fn begin_slow(runtime: &mut Runtime, function: Value, given: &[Value]) -> Option<KeptWatch> {
        let call = DeclaredCall::of(runtime, function, given);
        let mut unpinned = Vec::new();
        for (index, &value) in call.arguments.iter().enumerate() {
            let is_record = |id: &TypeId| runtime.types.info(*id).representation == Representation::Record;
            let mut pointers = vec![value];
            if call.types.get(index).is_some_and(is_record) {
                // Its pointers count as arguments of their own. What cannot be read is told when the call is checked.
                let inside = pointers_of_record(runtime, value, "").unwrap_or_default();
                pointers = inside.into_iter().map(|(_, pointer)| pointer).collect();
            }
            for pointer in pointers {
                if let Some(object) = runtime.object_behind(pointer)
                    && let Ok(PinTarget::Object(_)) = runtime.pin_target(Value::reference(object))
                    && !runtime.heap.is_pinned(object.payload() as usize)
                {
                    unpinned.push((index + 1, object));
                }
            }
        }
        if unpinned.is_empty() {
            return None;
        }
        // SAFETY: the memory is known, so it can be read.
        let read = |(start, bytes): (usize, usize)| (start, unsafe { bytes_at(start, bytes) }.to_vec());
        let before = runtime.known_foreign_memory().into_iter().map(read).collect();
        Some(KeptWatch { before, arguments: unpinned, name: call.name })
    }

    /// Fails if memory that changed since holds an argument's address.
    pub fn end(self, runtime: &mut Runtime) -> Result<(), Thrown> {
        let known = runtime.known_foreign_memory();
        for (start, before) in &self.before {
            // Memory that was given back meanwhile, or is new, is left out.
            if !known.contains(&(*start, before.len())) {
                continue;
            }
            // SAFETY: the memory is known, so it can be read.
            let after = unsafe { bytes_at(*start, before.len()) };
            let word = |at: usize| usize::from_ne_bytes(after[at..at + WORD].try_into().unwrap_or_default());
            for at in changed_words(before, after) {
                if let Some(&(number, object)) = self.argument_at(runtime, word(at)) {
                    return self.refuse(runtime, number, object);
                }
            }
        }
        Ok(())
    }

    /// The argument without pin whose object an address points to.
    fn argument_at(&self, runtime: &Runtime, address: usize) -> Option<&(usize, Address)> {
        let address = runtime.heap.resolve_alias(address);
        if !runtime.heap.is_managed(address) || runtime.heap.is_pinned(address) {
            return None;
        }
        let found = runtime.heap.find_object(address)?;
        self.arguments.iter().find(|(_, object)| *object == found.address)
    }

    #[cold]
    fn refuse(&self, runtime: &mut Runtime, number: usize, object: Address) -> Result<(), Thrown> {
        let target = runtime.describe_object(Value::reference(object));
        let message = format!("{} kept argument {number} in C memory after it returned", self.name);
        runtime.fail(ErrorKind::PinError, message).map_err(|thrown| {
            if let Some(error) = ErrorRef::of_thrown(&thrown) {
                error.set_argument(number as i64);
            }
            thrown.with_detail(runtime, &format!("-> {target}")).with_help(
                runtime,
                "pin it for as long as C keeps it: pinner.pin(…); @keeps on the parameter says so for every call",
            )
        })
    }
}

const WORD: usize = size_of::<usize>();

/// Where words stand that differ, in order: at any offset, since packed structs hold pointers anywhere.
fn changed_words<'a>(before: &'a [u8], after: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut next = 0;
    let chunks = before.chunks(WORD).zip(after.chunks(WORD)).enumerate();
    chunks.filter(|(_, (before, after))| before != after).flat_map(move |(chunk, _)| {
        // All words that have a byte in this chunk, and were not among those of the one before.
        let first = (chunk * WORD).saturating_sub(WORD - 1).max(next);
        let behind = ((chunk + 1) * WORD).min((before.len() + 1).saturating_sub(WORD));
        next = behind.max(next);
        (first..behind).filter(|&at| before[at..at + WORD] != after[at..at + WORD])
    })
}

/// # Safety
/// The bytes can be read, and nobody writes them while the slice is in use.
unsafe fn bytes_at<'a>(start: usize, bytes: usize) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(start as *const u8, bytes) }
}

#[cfg(test)]
mod tests {
    use super::changed_words;

    #[test]
    fn words_that_changed_at_any_offset() {
        let before = vec![0u8; 35];
        let changed = |at: usize, byte: u8| {
            let mut after = before.clone();
            after[at] = byte;
            changed_words(&before, &after).collect::<Vec<_>>()
        };
        assert_eq!(changed(0, 1), [0]);
        assert_eq!(changed(9, 1), (2..=9).collect::<Vec<_>>());
        // The last word begins 8 bytes before the end.
        assert_eq!(changed(34, 1), [27]);
        assert!(changed(3, 0).is_empty());
        assert_eq!(changed_words(&before, &[1u8; 35]).collect::<Vec<_>>(), (0..=27).collect::<Vec<_>>());
        assert_eq!(changed_words(&[0; 5], &[1; 5]).count(), 0);
    }
}
