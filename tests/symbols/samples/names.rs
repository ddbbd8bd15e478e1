// samples/names: Rust functions, inlined and not, one of them in an enumeration.
use std::os::raw::c_char;

extern "C" {
    fn here(inner: *const c_char, middle: *const c_char, outer: *const c_char);
}

macro_rules! at {
    ($function:expr) => {
        concat!($function, ":", line!(), "\0").as_ptr() as *const c_char
    };
}

#[inline(always)]
fn keep_call() {
    unsafe { std::arch::asm!("") }; // no jump instead of the call
}

mod garden {
    use super::*;

    pub enum Gate {
        Open,
        Shut,
    }

    impl Gate {
        #[inline(never)]
        pub fn pass(&self) -> i32 {
            let width = match self { Gate::Open => 2, Gate::Shut => 0 };
            unsafe { here(at!("names::garden::Gate::pass"), std::ptr::null(), std::ptr::null()) };
            keep_call();
            width
        }
    }

    #[inline(always)]
    fn step(outer_place: *const c_char) -> i32 {
        unsafe { here(at!("names::garden::step"), outer_place, std::ptr::null()) };
        keep_call();
        1
    }

    #[inline(never)]
    pub fn walk() -> i32 {
        step(at!("names::garden::walk")) + 1
    }
}

fn main() {
    let gate = if std::env::args().count() > 1 { garden::Gate::Shut } else { garden::Gate::Open };
    std::process::exit(garden::walk() + gate.pass() - 4);
}
