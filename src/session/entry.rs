//! Dialogues: entries that see the names of those before.

use super::{Dialogue, Entry, Outcome, Session, compiling, report};
use crate::binding::Prelude;
use crate::bytecode::{Slot, SlotKind};
use crate::compile::ModuleScope;
use crate::source::SourceRange;
use crate::value::{Thrown, Value};
use crate::vm::REPL_SLOTS;

/// The names of the values that entries gave: the last one, and those before it.
const VALUES: [&str; 4] = ["_", "_1", "_2", "_3"];
/// The name of what the last entry that failed threw.
const ERROR: &str = "_err";

impl Session {
    /// Runs an entry of a dialogue that messages call `name`, and binds `_` to its value unless that is nil. The values of the
    /// entries before are `_1`, `_2` and `_3`; what an entry threw is `_err`.
    pub fn evaluate_entry(&mut self, name: &str, text: &str) -> Entry {
        let entry = match self.run_entry(name, text) {
            Err(entry) => entry,
            Ok((value, is_shown)) => {
                let type_name = self.vm.runtime.type_name_of(value).to_string();
                match is_shown && !value.is_nil() {
                    false => Entry::Value { rendered: None, type_name },
                    true => match self.render(value) {
                        Ok(rendered) => Entry::Value { rendered: Some(rendered), type_name },
                        Err(thrown) => self.entry_of(thrown),
                    },
                }
            }
        };
        self.after_output(entry)
    }

    /// Runs an entry and keeps its value. The second part says whether it is to be shown.
    #[allow(clippy::result_large_err, reason = "made once for each entry; boxes would be in every match")]
    pub(super) fn run_entry(&mut self, name: &str, text: &str) -> Result<(Value, bool), Entry> {
        let mut dialogue = match self.dialogue.take() {
            Some(dialogue) => dialogue,
            None => self.new_dialogue(),
        };
        let result = self.run_in(&mut dialogue, name, text);
        self.dialogue = Some(dialogue);
        result
    }

    /// The entry, or that what was printed cannot be written.
    pub(super) fn after_output(&mut self, entry: Entry) -> Entry {
        match self.vm.flush_output() {
            Ok(()) => entry,
            Err(thrown) => self.entry_of(thrown),
        }
    }

    fn new_dialogue(&mut self) -> Dialogue {
        let module = self.vm.add_module("<repl>".into(), "<repl>".into(), REPL_SLOTS);
        let mut scope = ModuleScope::new();
        let mut define = |name: &str| {
            let slot = scope.define(name);
            module.set_slot(slot, Value::NIL);
            module.slot_info.borrow_mut().push(Slot {
                name: name.into(),
                kind: SlotKind::Let,
                range: SourceRange::NOWHERE,
                is_exported: false,
                doc: None,
            });
            slot
        };
        let values = VALUES.map(&mut define);
        let error = define(ERROR);
        Dialogue { module, scope, declared_c: Prelude::default(), values, error }
    }

    #[allow(clippy::result_large_err, reason = "as in `run_entry`")]
    fn run_in(&mut self, dialogue: &mut Dialogue, name: &str, text: &str) -> Result<(Value, bool), Entry> {
        let Dialogue { scope, declared_c, .. } = dialogue;
        let compiled = compiling::compile_dialogue(&mut self.vm, &self.sources, &self.settings, name, text, scope, declared_c);
        let (compiled, is_shown) = compiled.map_err(Entry::Failed)?;
        let main = match self.vm.link(&compiled.unit, dialogue.module) {
            Ok(main) => main,
            Err(error) => return Err(entry_of_outcome(report::outcome_of_link(&mut self.vm, error))),
        };
        match self.vm.run_main(main) {
            Ok(value) => {
                if !value.is_nil() {
                    keep(dialogue, value);
                }
                Ok((value, is_shown))
            }
            Err(thrown) => {
                if let Thrown::Value(error) = thrown {
                    dialogue.module.set_slot(dialogue.error, error);
                }
                Err(self.entry_of(thrown))
            }
        }
    }

    pub(super) fn entry_of(&mut self, thrown: Thrown) -> Entry {
        entry_of_outcome(report::outcome_of(&mut self.vm, thrown))
    }

    /// The `repr` of a value, with large ones cut for people.
    fn render(&mut self, value: Value) -> Result<String, Thrown> {
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

/// Makes a value `_`; those before move on.
fn keep(dialogue: &Dialogue, value: Value) {
    for pair in dialogue.values.windows(2).rev() {
        dialogue.module.set_slot(pair[1], dialogue.module.slot(pair[0]));
    }
    dialogue.module.set_slot(dialogue.values[0], value);
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
