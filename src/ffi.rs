pub struct Permissions{pub denied:bool,pub allowed:Option<Vec<String>>} pub fn install(_:&mut crate::vm::Vm,_:Permissions){}
