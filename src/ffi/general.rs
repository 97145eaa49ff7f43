//! Calls by libffi: all shapes that do not fit registers.

use crate::value::{FunctionType, Representation, Runtime, TypeId, TypeInfo};
use libffi::middle::{Arg, Cif, CodePtr, Ret, Type};

/// A call interface that libffi prepared.
#[derive(Debug)]
pub(super) struct GeneralCall {
    interface: Cif,
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
        match Cif::try_new(parameters, result) {
            Ok(interface) => Ok(GeneralCall { interface }),
            Err(error) => Err(format!("libffi refuses the signature: {error:?}")),
        }
    }

    /// Calls a function with arguments that stand in one word each; the result is the low bits of a word.
    ///
    /// # Safety
    /// The function at `address` has the signature that this was made for, and takes these arguments.
    pub unsafe fn call(&self, address: usize, words: &[u64]) -> u64 {
        // The list is made anew for each call, since libffi writes to it. A narrower argument is read from the low bytes of its
        // word, which come first on the machines that there are.
        let arguments: Vec<Arg> = words.iter().map(Arg::new).collect();
        let mut result = 0u64;
        // SAFETY: the caller's promise; no result is wider than a word.
        unsafe { self.interface.call_return_into(CodePtr(address as *mut _), &arguments, Ret::new(&mut result)) };
        result
    }
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
