//! Functions: parameters, defaults, bodies, closures.

use super::emitter::{Emitter, FunctionState, Location, Register, Want};
use super::symbol::{FunctionId, MAIN, NodeKey};
use crate::bytecode::{Capture, Code, Instruction, Op, Parameter};
use crate::source::SourceRange;
use crate::syntax::tree::{Function, FunctionBody, Module};
use std::rc::Rc;

/// What a function's code says about it beside its instructions.
pub(super) struct Outline {
    pub name: Rc<str>,
    pub range: SourceRange,
    pub parameters: Vec<Parameter>,
    pub rest: Option<Rc<str>>,
    pub has_self: bool,
    pub doc: Option<Rc<str>>,
}

impl<'t> Emitter<'t, '_> {
    /// The module's own code.
    pub fn main_code(&mut self, module: &'t Module, returns_value: bool) -> Rc<Code> {
        let range = match (module.statements.first(), module.statements.last()) {
            (Some(first), Some(last)) => first.range.to(last.range),
            _ => SourceRange::NOWHERE,
        };
        let outline = Outline {
            name: "<main>".into(),
            range: range.at_start(),
            parameters: Vec::new(),
            rest: None,
            has_self: false,
            doc: None,
        };
        self.code(MAIN, outline, |this| {
            let want = if returns_value { Want::Return } else { Want::Nothing };
            this.body(&module.statements, want, range);
            if this.falls_through() {
                this.emit(range.at_end(), Instruction::abc(Op::ReturnNil, 0, 0, 0));
            }
        })
    }

    /// Emits a function. If jumps of 16 bits turn out too short, it is emitted again with long ones.
    pub fn code(&mut self, id: FunctionId, outline: Outline, mut emit_body: impl FnMut(&mut Self)) -> Rc<Code> {
        let diagnostics = self.diagnostics.len();
        let mut state = self.emit_once(id, &outline, false, &mut emit_body);
        if state.needs_wide {
            self.diagnostics.truncate(diagnostics);
            state = self.emit_once(id, &outline, true, &mut emit_body);
        }
        if let Some(what) = state.too_much.filter(|_| self.diagnostics.len() == diagnostics) {
            let name = if outline.name.is_empty() { "this function".to_string() } else { format!("`{}`", outline.name) };
            let diagnostic = crate::diagnostic::Diagnostic::syntax(format!("{name} has too many {what}"), outline.range)
                .with_help("split it into several functions");
            self.diagnostics.push(diagnostic);
        }
        let captures = if id == self.function.id { Vec::new() } else { self.captures_of(id) };
        let required = outline.parameters.iter().filter(|p| !p.has_default).count() as u16;
        Rc::new(Code {
            name: outline.name,
            range: outline.range,
            parameters: outline.parameters,
            required,
            rest: outline.rest,
            has_self: outline.has_self,
            is_generator: state.is_generator,
            register_count: state.register_count,
            instructions: state.instructions,
            ranges: state.ranges,
            constants: state.constants,
            types: state.types,
            functions: state.functions,
            captures,
            handlers: state.handlers,
            live: state.live,
            caches: state.caches,
            checked_variables: state.checked_variables,
            doc: outline.doc,
        })
    }

    fn emit_once(
        &mut self,
        id: FunctionId,
        outline: &Outline,
        is_wide: bool,
        emit_body: &mut impl FnMut(&mut Self),
    ) -> FunctionState {
        let outer = std::mem::replace(&mut self.function, FunctionState::new(id, is_wide));
        self.function.is_generator = self.resolved.functions[id.0 as usize].is_generator;
        self.allocate_run(outline.parameters.len() + usize::from(outline.rest.is_some()));
        self.function.register_count = self.function.next;
        self.protect();
        emit_body(self);
        std::mem::replace(&mut self.function, outer)
    }

    /// Where the current function finds what a function inside it takes along.
    fn captures_of(&self, id: FunctionId) -> Vec<Capture> {
        let facts = &self.resolved.functions[id.0 as usize];
        let captures = facts.captures.iter().map(|&variable| match self.locate(variable) {
            Some(Location::Register(register) | Location::Cell(register)) => Capture::Register(register.0),
            Some(Location::Captured(index) | Location::CapturedCell(index)) => Capture::Captured(index),
            // Only after an error that has been reported.
            Some(Location::Slot(_)) | None => Capture::Register(0),
        });
        captures.collect()
    }

    /// The code of a function of the tree.
    pub fn function_code(&mut self, node: &'t Function, name: Rc<str>) -> Rc<Code> {
        let id = self.resolved.function_ids[&NodeKey::of(node)];
        let (rest, parameters): (Vec<_>, Vec<_>) = node.parameters.iter().partition(|p| p.is_rest);
        let outline = Outline {
            name,
            range: node.header,
            parameters: parameters
                .iter()
                .map(|p| Parameter { name: Rc::clone(&p.name.text), has_default: p.default.is_some() })
                .collect(),
            rest: rest.first().map(|p| Rc::clone(&p.name.text)),
            has_self: parameters.first().is_some_and(|p| &*p.name.text == "self"),
            doc: node.doc.clone(),
        };
        self.code(id, outline, |this| this.function_body(node))
    }

    fn function_body(&mut self, node: &'t Function) {
        for (number, parameter) in node.parameters.iter().enumerate() {
            let register = Register(number.min(usize::from(u16::MAX)) as u16);
            let range = parameter.name.range;
            let variable = self.variable_of(&parameter.name);
            if let Some(default) = &parameter.default {
                let given = self.jump_if(range, Op::JumpIfDefined, register);
                self.value(default, register);
                self.patch(given);
            }
            if let Some(id) = variable {
                self.check_parameter_type(id, register, range);
                self.settle(range, id, register);
            }
        }
        if let Some(result) = &node.result {
            let description = self.describe_type_or_any(result);
            self.function.result = Some(self.type_index(description));
        }
        if self.function.is_generator {
            self.emit(node.header, Instruction::abc(Op::BeginGenerator, 0, 0, 0));
        }
        match &node.body {
            FunctionBody::Block(block) => {
                let want = if self.function.is_generator { Want::Nothing } else { Want::Return };
                self.body(&block.statements, want, block.range);
                if self.falls_through() {
                    self.return_register_value(None, block.range.at_end());
                }
            }
            FunctionBody::Expression(expression) => {
                self.expression(expression, Want::Return);
                if self.falls_through() {
                    self.return_register_value(None, expression.range);
                }
            }
        }
    }

    /// Makes a closure of a function of the tree.
    pub fn closure(&mut self, node: &'t Function, name: Option<Rc<str>>, to: Register, range: SourceRange) {
        let code = self.function_code(node, name.unwrap_or_else(|| "".into()));
        let index = self.function.functions.len() as u32;
        self.function.functions.push(code);
        self.op_wide(range, Op::Closure, to, index);
    }

    /// A nested `fn`. Those of the top level are made when the unit is linked.
    pub fn function_statement(&mut self, node: &'t Function) {
        let Some(name) = &node.name else { return };
        let Some(id) = self.variable_of(name) else { return };
        if self.variable(id).is_cell() {
            let mark = self.mark();
            let register = self.allocate();
            self.closure(node, Some(Rc::clone(&name.text)), register, node.header);
            self.store_variable(name.range, id, register);
            self.release(mark);
        } else {
            let register = self.allocate();
            self.closure(node, Some(Rc::clone(&name.text)), register, node.header);
            self.settle(name.range, id, register);
            self.protect();
        }
    }
}
