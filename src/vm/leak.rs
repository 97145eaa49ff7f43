//! Pins that were forgotten: what is said of pinners that a collection finds unreachable while they hold pins, and of pins that are
//! still in force at the end.

use super::Vm;
use crate::source::SourceRange;
use crate::value::{ErrorKind, FatalEnd, PinEntry, PinLeaks, Thrown};

/// Places that a report names; the rest is counted.
const MOST_PLACES: usize = 20;

impl Vm {
    /// Tells of the pinners that the last collection found unreachable: ends the program, or warns and unpins.
    #[cold]
    pub(super) fn report_lost_pinners(&mut self) -> Result<(), Thrown> {
        let lost = self.runtime.pinners.take_lost();
        if self.runtime.pin_policy.leaks == PinLeaks::Fatal {
            let mut details = Vec::new();
            let mut message = String::new();
            for pinner in lost {
                let entries = self.runtime.pin_entries(pinner);
                let headline = message_of_leak(entries.len());
                // There is one message; further pinners follow among the details.
                if message.is_empty() {
                    message = headline
                } else {
                    details.push(headline)
                }
                details.extend(self.places_of_pins(&entries));
            }
            return Err(Thrown::Fatal(Box::new(FatalEnd { message, details })));
        }
        let floor = self.runtime.held.len();
        self.runtime.held.extend(&lost);
        for pinner in lost {
            let entries = self.runtime.pin_entries(pinner);
            let details = self.places_of_pins(&entries);
            self.runtime.unpin(pinner);
            self.warn(&message_of_leak(entries.len()), &details);
        }
        self.runtime.held.truncate(floor);
        Ok(())
    }

    /// Warns of what is still pinned; for the end of a run.
    pub fn warn_of_pins_at_exit(&mut self) {
        let pinners = self.runtime.pinners.holding();
        let entries: Vec<PinEntry> = pinners.into_iter().flat_map(|pinner| self.runtime.pin_entries(pinner)).collect();
        if entries.is_empty() {
            return;
        }
        let details = self.places_of_pins(&entries);
        let message = match entries.len() {
            1 => "1 pin is still in force at exit".to_string(),
            count => format!("{count} pins are still in force at exit"),
        };
        self.warn(&message, &details);
    }

    /// One line for each pin: what is pinned, and where that was done.
    pub fn places_of_pins(&mut self, entries: &[PinEntry]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for entry in entries.iter().take(MOST_PLACES) {
            let target = self.runtime.describe_address(entry.object);
            let place = self.sources.borrow().place(SourceRange::new(entry.start, entry.end));
            lines.push(format!("{target} pinned at {place}"));
        }
        if entries.len() > MOST_PLACES {
            lines.push(format!("and {} more", entries.len() - MOST_PLACES));
        }
        lines
    }

    /// Tells of something that is no error of the program's.
    fn warn(&mut self, message: &str, details: &[String]) {
        let mut warning = Thrown::Value(self.runtime.error(ErrorKind::PinError, message));
        for line in details {
            warning = warning.with_detail(&mut self.runtime, line);
        }
        if let Thrown::Value(warning) = warning {
            self.runtime.held.push(warning);
            self.warn_of_error("", warning);
            self.runtime.held.pop();
        }
    }

    /// The place of the running instruction of a script outside of the library, as pins remember it.
    pub fn place_of_pin(&self) -> (u32, u32) {
        let range = self.place_for_reader();
        (range.start, range.end)
    }

    /// Lets strict checks find the running instruction. To be called where the interpreter has its place for a while.
    pub(super) fn locate_for_checks(&mut self) {
        let interpreter: *const Vm = self;
        self.runtime.foreign_stores.locate = Some((locate, interpreter.cast()));
    }
}

fn message_of_leak(count: usize) -> String {
    format!("Pinner was collected while it held {count} pinned objects; forgot to call unpin()?")
}

/// See [`crate::value::Locate`].
fn locate(interpreter: *const std::ffi::c_void) -> (u32, u32) {
    // SAFETY: `run_main` sets the pointer anew whenever scripts begin to run, and the interpreter does not move
    // while they do. What is read are its frames, which no caller of this is changing.
    unsafe { (*interpreter.cast::<Vm>()).place_of_pin() }
}
