//! The resolver: walks the tree once and finds out what every name means, which variables closures share, and where
//! `break`, `return` and `yield` lead. It reports what is wrong with names; what it hands on the emitter need not check again.

use super::foreign_name::{help_for_name, help_for_type};
use super::scope::{Scope, Surrounding};
use super::symbol::{
    EarlierKind, FunctionFacts, FunctionId, MAIN, NodeKey, Readiness, Resolved, ScopeEntry, Symbol, Tables, Variable, VariableId,
    VariableKind,
};
use super::{Environment, ModuleScope};
use crate::diagnostic::Diagnostic;
use crate::machine_stack;
use crate::nearest::nearest_name;
use crate::source::SourceRange;
use crate::syntax::tree;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

pub(super) struct Resolver<'t, 'e> {
    pub environment: &'e Environment<'e>,
    /// What earlier entries of the REPL declared.
    pub earlier: Option<&'e ModuleScope>,
    pub tables: Tables<'t>,
    /// Innermost last; the first is the top level of the file.
    pub scopes: Vec<Scope>,
    pub meanings: Vec<Symbol>,
    pub variables: Vec<Variable<'t>>,
    pub bindings: HashMap<NodeKey, VariableId>,
    pub functions: Vec<FunctionFacts>,
    pub function_ids: HashMap<NodeKey, FunctionId>,
    pub import_slots: HashMap<NodeKey, u32>,
    /// The function whose code is being resolved.
    pub current: FunctionId,
    pub surroundings: Vec<Surrounding>,
    pub diagnostics: Vec<Diagnostic>,
    /// Undefined names: reported only if the parser could read everything, for what it could not read may declare them.
    undefined: Vec<Diagnostic>,
    /// Names reported as undefined; each is reported once.
    reported: HashSet<Rc<str>>,
    pub has_unread_parts: bool,
}

/// Resolves a whole file or REPL entry.
pub(super) fn resolve<'t>(
    module: &'t tree::Module,
    environment: &Environment<'_>,
    earlier: Option<&ModuleScope>,
    is_main: bool,
) -> (Resolved<'t>, Vec<Diagnostic>) {
    let mut resolver = Resolver {
        environment,
        earlier,
        tables: Tables { first_slot: earlier.map_or(0, ModuleScope::next_slot), ..Tables::default() },
        scopes: vec![Scope::new(MAIN)],
        meanings: vec![Symbol::Unknown; module.name_count as usize],
        variables: Vec::new(),
        bindings: HashMap::new(),
        functions: vec![FunctionFacts::default()],
        function_ids: HashMap::new(),
        import_slots: HashMap::new(),
        current: MAIN,
        surroundings: vec![Surrounding::Outside],
        diagnostics: Vec::new(),
        undefined: Vec::new(),
        reported: HashSet::new(),
        has_unread_parts: false,
    };
    resolver.declare_module(module);
    for statement in &module.statements {
        resolver.statement(statement, true);
    }
    resolver.place_top_variables(is_main);
    if !resolver.has_unread_parts {
        resolver.diagnostics.append(&mut resolver.undefined);
    }
    let resolved = Resolved {
        meanings: resolver.meanings,
        variables: resolver.variables,
        bindings: resolver.bindings,
        functions: resolver.functions,
        function_ids: resolver.function_ids,
        import_slots: resolver.import_slots,
        top: resolver.scopes.swap_remove(0).names,
        tables: resolver.tables,
    };
    (resolved, resolver.diagnostics)
}

/// So many top-level variables of a script may be registers; the others are slots.
const MAXIMUM_TOP_REGISTERS: usize = 20_000;

impl<'t> Resolver<'t, '_> {
    pub fn error(&mut self, message: impl Into<String>, range: SourceRange) {
        self.diagnostics.push(Diagnostic::syntax(message, range));
    }

    pub fn error_with_help(&mut self, message: impl Into<String>, range: SourceRange, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::syntax(message, range).with_help(help));
    }

    /// Gives a module slot to each top-level variable that needs one: all but those of a main script which no function
    /// uses and whose uses all follow the declaration. Those stay in registers, so that loops at the top level are fast.
    fn place_top_variables(&mut self, is_main: bool) {
        let mut registers = 0;
        for variable in self.variables.iter_mut().filter(|v| v.is_top) {
            if is_main && !variable.is_captured && !variable.is_early && registers < MAXIMUM_TOP_REGISTERS {
                registers += 1;
                continue;
            }
            let kind = match variable.kind {
                VariableKind::Var => crate::bytecode::SlotKind::Var,
                _ => crate::bytecode::SlotKind::Let,
            };
            let name = tree::Name { text: Rc::clone(&variable.name), range: variable.range };
            variable.slot = Some(self.tables.new_slot(&name, kind, false, variable.doc.clone()));
        }
    }

    // ------------------------------------------------------------ declaring

    pub fn new_variable(&mut self, name: &tree::Name, kind: VariableKind, readiness: Readiness) -> VariableId {
        let id = VariableId(self.variables.len() as u32);
        self.variables.push(Variable {
            name: Rc::clone(&name.text),
            range: name.range,
            function: self.current,
            kind,
            annotation: None,
            is_top: false,
            is_captured: false,
            is_assigned: false,
            is_early: false,
            readiness,
            slot: None,
            doc: None,
        });
        self.bindings.insert(NodeKey::of(name), id);
        id
    }

    /// Enters a name into the innermost scope, or reports that it stands there already.
    pub fn enter(&mut self, name: &tree::Name, symbol: Symbol) {
        let scope = self.scopes.last_mut().expect("the top level is always there");
        if let Some(first) = scope.names.get(&name.text) {
            let first = first.range;
            self.diagnostics.push(twice(&name.text, name.range, first));
            return;
        }
        scope.names.insert(Rc::clone(&name.text), ScopeEntry { symbol, range: name.range });
    }

    /// Declares a variable of the innermost scope. `_` declares nothing.
    pub fn declare(&mut self, name: &tree::Name, kind: VariableKind, annotation: Option<&'t tree::Type>) {
        if &*name.text == "_" {
            return;
        }
        let id = self.new_variable(name, kind, Readiness::Ready);
        self.variables[id.0 as usize].annotation = annotation;
        self.enter(name, Symbol::Variable { id, is_early: false });
    }

    // ------------------------------------------------------------ looking up

    /// What a name means here, in an expression; notes captures.
    pub fn find(&mut self, name: &str) -> Option<Symbol> {
        self.find_in_scopes(name).or_else(|| {
            if self.environment.builtins.contains(&name) {
                Some(Symbol::Builtin(name.into()))
            } else if self.environment.types.contains(&name) {
                Some(Symbol::BuiltinType(name.into()))
            } else {
                None
            }
        })
    }

    /// What a name means where a type is expected.
    pub fn find_type(&mut self, name: &str) -> Option<Symbol> {
        self.find_in_scopes(name).or_else(|| {
            if self.environment.types.contains(&name) || name == "nil" {
                Some(Symbol::BuiltinType(name.into()))
            } else if self.environment.builtins.contains(&name) {
                Some(Symbol::Builtin(name.into()))
            } else {
                None
            }
        })
    }

    fn find_in_scopes(&mut self, name: &str) -> Option<Symbol> {
        let mut found = None;
        for scope in self.scopes.iter().rev() {
            if let Some(entry) = scope.names.get(name) {
                if let Symbol::Variable { id, .. } = entry.symbol {
                    let variable = &self.variables[id.0 as usize];
                    // In `let x = x + 1` the right side sees the outer `x`.
                    if variable.is_top && variable.readiness == Readiness::Defining {
                        continue;
                    }
                }
                found = Some(entry.symbol.clone());
                break;
            }
            if let Some(&id) = scope.later.get(name)
                && scope.function != self.current
            {
                found = Some(Symbol::Variable { id, is_early: true });
                break;
            }
        }
        match found {
            Some(Symbol::Variable { id, .. }) => Some(self.use_variable(id)),
            Some(symbol) => Some(symbol),
            None => {
                let earlier = self.earlier?.names.get(name)?;
                Some(Symbol::Earlier { slot: earlier.slot, kind: earlier.kind.clone() })
            }
        }
    }

    /// What a bare name would mean, without using it.
    pub fn peek(&self, name: &str) -> Option<Symbol> {
        for scope in self.scopes.iter().rev() {
            if let Some(entry) = scope.names.get(name) {
                return Some(entry.symbol.clone());
            }
        }
        if let Some(earlier) = self.earlier.and_then(|e| e.names.get(name)) {
            return Some(Symbol::Earlier { slot: earlier.slot, kind: earlier.kind.clone() });
        }
        self.environment.types.contains(&name).then(|| Symbol::BuiltinType(name.into()))
    }

    fn use_variable(&mut self, id: VariableId) -> Symbol {
        let current = self.current;
        let variable = &mut self.variables[id.0 as usize];
        let mut is_early = false;
        if variable.is_top {
            if variable.function != current {
                variable.is_captured = true;
            } else if variable.readiness == Readiness::Later {
                variable.is_early = true;
            }
        } else if variable.function != current {
            variable.is_captured = true;
            if variable.readiness != Readiness::Ready {
                variable.is_early = true;
                // Inside its own body a nested `fn` has its value for certain.
                is_early = variable.readiness == Readiness::Later;
            }
            let owner = variable.function;
            let mut function = current;
            while function != owner {
                let facts = &mut self.functions[function.0 as usize];
                if !facts.capture_index.contains_key(&id) {
                    facts.capture_index.insert(id, facts.captures.len() as u16);
                    facts.captures.push(id);
                }
                match facts.parent {
                    Some(parent) => function = parent,
                    None => break,
                }
            }
        }
        Symbol::Variable { id, is_early }
    }

    /// The names that can be seen from here.
    fn visible_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for scope in &self.scopes {
            names.extend(scope.names.keys().map(|k| &**k));
        }
        if let Some(earlier) = self.earlier {
            names.extend(earlier.names.keys().map(|k| &**k));
        }
        names
    }

    /// Reports an undefined name, once for each name.
    pub fn report_undefined(&mut self, name: &str, range: SourceRange) {
        if !self.reported.insert(name.into()) {
            return;
        }
        let mut diagnostic = Diagnostic::syntax(format!("undefined name `{name}`"), range);
        let is_later = self.scopes.iter().any(|scope| scope.later.contains_key(name));
        let own = self.scopes[0].names.contains_key(name);
        let mut candidates = self.visible_names();
        candidates.extend(self.environment.builtins.iter().copied());
        candidates.extend(self.environment.types.iter().copied());
        if is_later {
            diagnostic = diagnostic.with_help(format!(
                "`{name}` is declared further down; only functions at the top level can be used above their declaration"
            ));
        } else if own {
            diagnostic = diagnostic.with_help(format!("the right side does not see the `{name}` that it defines; a function that calls itself is written `fn {name}(…) {{ … }}`"));
        } else if self.environment.modules.contains(&name) {
            diagnostic = diagnostic.with_help(format!("a module is imported first: `import {name}`"));
        } else {
            if let Some(nearest) = nearest_name(name, candidates) {
                diagnostic = diagnostic.with_help(format!("did you mean `{nearest}`?"));
            }
            if let Some(help) = help_for_name(name) {
                diagnostic = diagnostic.with_help(help);
            }
        }
        self.undefined.push(diagnostic);
    }

    /// Reports an assignment to a name that is not declared.
    pub fn report_undeclared(&mut self, name: &str, range: SourceRange) {
        if !self.reported.insert(name.into()) {
            return;
        }
        let mut diagnostic = Diagnostic::syntax(format!("undefined name `{name}`"), range);
        diagnostic = match nearest_name(name, self.visible_names()) {
            Some(nearest) => {
                diagnostic.with_help(format!("did you mean `{nearest}`? A new variable is declared with `var {name} = …`"))
            }
            None => diagnostic.with_help(format!("declare it with `var {name} = …`")),
        };
        self.undefined.push(diagnostic);
    }

    /// Reports a type that is not known, once for each name.
    pub fn report_unknown_type(&mut self, name: &str, range: SourceRange) {
        if !self.reported.insert(name.into()) {
            return;
        }
        let mut diagnostic = Diagnostic::syntax(format!("unknown type `{name}`"), range);
        let mut candidates: Vec<&str> = Vec::new();
        for scope in &self.scopes {
            let types = scope.names.iter().filter(|(_, entry)| is_type(&entry.symbol));
            candidates.extend(types.map(|(name, _)| &**name));
        }
        candidates.extend(self.environment.types.iter().copied());
        if let Some(nearest) = nearest_name(name, candidates) {
            diagnostic = diagnostic.with_help(format!("did you mean `{nearest}`?"));
        } else if let Some(help) = help_for_type(name) {
            diagnostic = diagnostic.with_help(help);
        }
        self.undefined.push(diagnostic);
    }
}

pub(super) fn twice(name: &str, range: SourceRange, first: SourceRange) -> Diagnostic {
    Diagnostic::syntax(format!("`{name}` is declared twice in this scope"), range)
        .with_label("declared again")
        .with_secondary(first, "first declared here")
        .with_help("give one of them another name")
}

/// Whether a symbol can only be a type.
pub(super) fn is_type(symbol: &Symbol) -> bool {
    matches!(
        symbol,
        Symbol::Record { .. }
            | Symbol::Enum { .. }
            | Symbol::TypeName { .. }
            | Symbol::BuiltinType(_)
            | Symbol::Earlier { kind: EarlierKind::Type, .. }
    )
}

/// Runs a step of a walk over the tree on a machine stack that is large enough for it.
pub(super) fn deep<R>(step: impl FnOnce() -> R) -> R {
    machine_stack::with_room(256 * 1024, 2 * 1024 * 1024, step)
}
