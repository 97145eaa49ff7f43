//! Dialogues: entries that see the names of those before.

use super::{Dialogue, Entry, Outcome, Session, compiling, report};
use crate::compile::ModuleScope;
use crate::value::Value;
use crate::vm::REPL_SLOTS;

impl Session {
    /// Runs an entry of a dialogue that messages call `name`, and binds `_` to its value unless that is nil.
    pub fn evaluate_entry(&mut self, name: &str, text: &str) -> Entry {
        let mut dialogue = match self.dialogue.take() {
            Some(dialogue) => dialogue,
            None => self.new_dialogue(),
        };
        let entry = self.evaluate_in(&mut dialogue, name, text);
        self.dialogue = Some(dialogue);
        match self.vm.flush_output() {
            Ok(()) => entry,
            Err(thrown) => self.entry_of(thrown),
        }
    }

    fn new_dialogue(&mut self) -> Dialogue {
        let module = self.vm.add_module("<repl>".into(), "<repl>".into(), REPL_SLOTS);
        let mut scope = ModuleScope::new();
        let last = scope.define("_");
        let slots = module;
        slots.set_slot(last, Value::NIL);
        slots.slot_info.borrow_mut().push(crate::bytecode::Slot {
            name: "_".into(),
            kind: crate::bytecode::SlotKind::Let,
            range: crate::source::SourceRange::NOWHERE,
            is_exported: false,
            doc: None,
        });
        Dialogue { module, scope, last }
    }

    fn evaluate_in(&mut self, dialogue: &mut Dialogue, name: &str, text: &str) -> Entry {
        let compiled = compiling::compile_dialogue(&mut self.vm, &self.sources, &self.settings, name, text, &mut dialogue.scope);
        let (compiled, is_shown) = match compiled {
            Ok(compiled) => compiled,
            Err(found) => return Entry::Failed(found),
        };
        let main = match self.vm.link(&compiled.unit, dialogue.module) {
            Ok(main) => main,
            Err(error) => {
                let outcome = report::outcome_of_link(&mut self.vm, error);
                return entry_of_outcome(outcome);
            }
        };
        let value = match self.vm.run_main(main) {
            Ok(value) => value,
            Err(thrown) => return self.entry_of(thrown),
        };
        let type_name = self.vm.runtime.type_name_of(value).to_string();
        if value.is_nil() {
            return Entry::Value { rendered: None, type_name };
        }
        dialogue.module.set_slot(dialogue.last, value);
        if !is_shown {
            return Entry::Value { rendered: None, type_name };
        }
        match self.render(value) {
            Ok(rendered) => Entry::Value { rendered: Some(rendered), type_name },
            Err(thrown) => self.entry_of(thrown),
        }
    }

    fn entry_of(&mut self, thrown: crate::value::Thrown) -> Entry {
        entry_of_outcome(report::outcome_of(&mut self.vm, thrown))
    }

    /// The `repr` of a value, with large ones cut for people.
    fn render(&mut self, value: Value) -> Result<String, crate::value::Thrown> {
        let mut text = String::new();
        crate::value::write_repr(&mut self.vm, value, &mut text)?;
        let length = text.chars().count();
        if length > MAXIMUM_SHOWN {
            let cut: String = text.chars().take(MAXIMUM_SHOWN).collect();
            text = format!("{cut}… ({} more characters)", length - MAXIMUM_SHOWN);
        }
        Ok(text)
    }
}

/// Characters of a value that a dialogue shows.
const MAXIMUM_SHOWN: usize = 2000;

fn entry_of_outcome(outcome: Outcome) -> Entry {
    match outcome {
        Outcome::Done => Entry::Value { rendered: None, type_name: "nil".to_string() },
        Outcome::Failed(found) => Entry::Failed(found),
        Outcome::Fatal(diagnostic) => Entry::Fatal(diagnostic),
        Outcome::Exit(status) => Entry::Exit(status),
        Outcome::Interrupted => Entry::Interrupted,
    }
}
