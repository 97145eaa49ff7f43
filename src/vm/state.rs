//! What the library keeps for the length of a program: one value for each Rust type that asks (open files, the random generator).

use super::Vm;
use std::any::{Any, TypeId};
use std::collections::HashMap;

/// The values, by their types.
#[derive(Default)]
pub struct State {
    values: HashMap<TypeId, Box<dyn Any>>,
}

impl State {
    /// The one value of this type, made by `Default` when it is first asked for. It must hold no references to managed objects: the
    /// collector does not look here.
    pub fn get<T: Default + 'static>(&mut self) -> &mut T {
        let value = self.values.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        value.downcast_mut().expect("the value under a type's key is of that type")
    }

    /// Drops all values, which closes what they hold.
    pub fn clear(&mut self) {
        self.values.clear();
    }
}

impl Vm {
    /// See [`State::get`].
    pub fn state<T: Default + 'static>(&mut self) -> &mut T {
        self.state.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_value() {
        let mut states = State::default();
        *states.get::<u32>() += 5;
        *states.get::<u32>() += 2;
        states.get::<String>().push('x');
        assert_eq!(*states.get::<u32>(), 7);
        assert_eq!(states.get::<String>(), "x");
        states.clear();
        assert_eq!(*states.get::<u32>(), 0);
    }
}
