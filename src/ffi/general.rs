//! Calls by libffi: all shapes that do not fit registers.

use crate::value::{FunctionType, Representation, Runtime, TypeId, TypeInfo};
use libffi::middle::{Arg, Cif, CodePtr, Ret, Type};

/// A call interface that libffi prepared.
#[derive(Debug)]
pub(super) struct GeneralCall {
    interface: Cif,
    /// The types of the declared parameters and of the result, for calls with more arguments.
    parameters: Vec<Type>,
    result: Type,
}

/// What an argument behind `...` is for C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promoted {
    Integer,
    Double,
    Pointer,
}

impl GeneralCall {
    pub fn new(runtime: &Runtime, function: &FunctionType) -> Result<GeneralCall, String> {
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for &parameter in &function.parameters {
            parameters.push(scalar(runtime.types.info(parameter))?);
        }
        let result = match function.result {
            TypeId::VOID => Type::void(),
            result => scalar(runtime.types.info(result))?,
        };
        let interface = if function.is_variadic {
            Cif::try_new_variadic(parameters.clone(), parameters.len(), result.clone())
        } else {
            Cif::try_new(parameters.clone(), result.clone())
        };
        match interface {
            Ok(interface) => Ok(GeneralCall { interface, parameters, result }),
            Err(error) => Err(format!("libffi refuses the signature: {error:?}")),
        }
    }

    /// Calls a function with arguments that stand in one word each; the result is the low bits of a word.
    ///
    /// # Safety
    /// The function at `address` has the signature that this was made for, and takes these arguments.
    pub unsafe fn call(&self, address: usize, words: &[u64]) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { call_interface(&self.interface, address, words) }
    }

    /// The call interface for arguments behind the declared ones.
    pub fn with_more(&self, more: &[Promoted]) -> Result<GeneralCall, String> {
        let promoted = more.iter().map(|kind| match kind {
            Promoted::Integer => Type::i64(),
            Promoted::Double => Type::f64(),
            Promoted::Pointer => Type::pointer(),
        });
        let all: Vec<Type> = self.parameters.iter().cloned().chain(promoted).collect();
        match Cif::try_new_variadic(all, self.parameters.len(), self.result.clone()) {
            Ok(interface) => Ok(GeneralCall { interface, parameters: self.parameters.clone(), result: self.result.clone() }),
            Err(error) => Err(format!("libffi refuses the arguments: {error:?}")),
        }
    }
}

/// # Safety
/// As for [`GeneralCall::call`].
unsafe fn call_interface(interface: &Cif, address: usize, words: &[u64]) -> u64 {
    // The list is made anew for each call, since libffi writes to it. A narrower argument is read from the low bytes of its
    // word, which come first on the machines that there are.
    let arguments: Vec<Arg> = words.iter().map(Arg::new).collect();
    let mut result = 0u64;
    // SAFETY: the caller's promise; no result is wider than a word.
    unsafe { interface.call_return_into(CodePtr(address as *mut _), &arguments, Ret::new(&mut result)) };
    result
}

/// libffi's type of a number or pointer.
fn scalar(info: &TypeInfo) -> Result<Type, String> {
    Ok(match info.representation {
        Representation::I8 | Representation::Char => Type::i8(),
        Representation::I16 => Type::i16(),
        Representation::I32 => Type::i32(),
        Representation::I64 => Type::i64(),
        Representation::U8 | Representation::Bool => Type::u8(),
        Representation::U16 => Type::u16(),
        Representation::U32 => Type::u32(),
        Representation::U64 => Type::u64(),
        Representation::F32 => Type::f32(),
        Representation::F64 => Type::f64(),
        Representation::Pointer | Representation::FunctionPointer | Representation::CString => Type::pointer(),
        _ => return Err(format!("{} cannot be passed to C", info.name)),
    })
}
