//! Scopes: which names can be seen from a place in the text, and what stands around that place.

use super::symbol::{FunctionId, ScopeEntry, VariableId};
use std::collections::HashMap;
use std::rc::Rc;

/// The names of one block, function or pattern.
pub(super) struct Scope {
    pub function: FunctionId,
    pub names: HashMap<Rc<str>, ScopeEntry>,
    /// Nested `fn`s of the block that are declared further down: only other functions may name them yet.
    pub later: HashMap<Rc<str>, VariableId>,
}

impl Scope {
    pub fn new(function: FunctionId) -> Scope {
        Scope { function, names: HashMap::new(), later: HashMap::new() }
    }
}

/// What a `break`, `return` or `yield` has around it, outermost first.
#[derive(Clone, Debug)]
pub(super) enum Surrounding {
    /// The code of the module, or a field's default: no `return` here.
    Outside,
    Function,
    Loop {
        label: Option<Rc<str>>,
    },
    /// The inside of a `defer` or `finally`.
    Cleanup {
        word: &'static str,
    },
}
