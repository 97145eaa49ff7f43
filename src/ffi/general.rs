//! Calls by libffi: where there is no way of our own, and for tests of both.

use super::register_class::{RegisterClass, general_type};
use crate::value::{FunctionType, TypeId, TypeTable};
use libffi::middle::{Cif, Type};
use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;

/// A call interface that libffi prepared.
pub(super) struct GeneralCall {
    interface: Cif,
    /// The types of the declared parameters and of the result, for calls with more arguments.
    parameters: Vec<Type>,
    result: Type,
    /// The interface of the last call with more arguments, and what these were.
    last: RefCell<Option<(Vec<Promoted>, Rc<Cif>)>>,
}

/// What an argument behind `...` is for C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promoted {
    Integer,
    Double,
    Pointer,
}

impl Promoted {
    /// The class of its register.
    pub fn class(self) -> RegisterClass {
        if self == Promoted::Double { RegisterClass::Double } else { RegisterClass::Integer }
    }
}

impl std::fmt::Debug for GeneralCall {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("GeneralCall").field("interface", &self.interface).finish_non_exhaustive()
    }
}

impl GeneralCall {
    pub fn new(types: &TypeTable, function: &FunctionType) -> Result<GeneralCall, String> {
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for &parameter in &function.parameters {
            parameters.push(general_type(types, parameter)?);
        }
        let result = match function.result {
            TypeId::VOID => Type::void(),
            result => general_type(types, result)?,
        };
        let interface = if function.is_variadic {
            Cif::try_new_variadic(parameters.clone(), parameters.len(), result.clone())
        } else {
            Cif::try_new(parameters.clone(), result.clone())
        };
        match interface {
            Ok(interface) => Ok(GeneralCall { interface, parameters, result, last: RefCell::default() }),
            Err(error) => Err(format!("libffi refuses the signature: {error:?}")),
        }
    }

    /// The prepared interface, for closures.
    pub fn interface(&self) -> &Cif {
        &self.interface
    }

    /// Calls a function whose arguments stand at the given places, a list made for this call, since libffi writes to it. The result goes to `result`, which has room for a word at least.
    ///
    /// # Safety
    /// The function at `address` has the signature that this was made for, with these arguments.
    #[inline]
    pub unsafe fn call(&self, address: usize, places: &mut [*mut c_void], more: Option<&Cif>, result: *mut c_void) {
        let interface = more.unwrap_or(&self.interface).as_raw_ptr();
        // SAFETY: an address of code as a function pointer.
        let code = unsafe { std::mem::transmute::<usize, unsafe extern "C" fn()>(address) };
        // SAFETY: the caller's promise. A narrower argument is read from the low bytes of its word, which come first.
        unsafe { libffi::raw::ffi_call(interface, Some(code), result, places.as_mut_ptr()) };
    }

    /// The call interface for arguments behind the declared ones.
    pub fn with_more(&self, more: &[Promoted]) -> Result<Rc<Cif>, String> {
        if let Some((kinds, interface)) = &*self.last.borrow()
            && kinds == more
        {
            return Ok(interface.clone());
        }
        let mut all = self.parameters.clone();
        for &kind in more {
            all.push(match kind {
                Promoted::Integer => Type::i64(),
                Promoted::Double => Type::f64(),
                Promoted::Pointer => Type::pointer(),
            });
        }
        match Cif::try_new_variadic(all, self.parameters.len(), self.result.clone()) {
            Ok(interface) => {
                let interface = Rc::new(interface);
                *self.last.borrow_mut() = Some((more.to_vec(), interface.clone()));
                Ok(interface)
            }
            Err(error) => Err(format!("libffi refuses the arguments: {error:?}")),
        }
    }
}
