// SPDX-License-Identifier: GPL-2.0-only

//! The Rust guards over functions that only count: each lock is released once.

use std::cell::Cell;
use std::ptr;

use vmalock::bindings::{mm_struct, module, vm_area_struct};
use vmalock::{Caller, Interrupted, MmWithUser};

const EINTR: usize = 4;
const MAPPED: usize = 0x1000;
const GUARDED: usize = 0x2000;
const KILLED: usize = 0x3000;

thread_local! {
    static HELD: Cell<i32> = const { Cell::new(0) };
    static RELEASED: Cell<i32> = const { Cell::new(0) };
}

/// A VMA is told by its address here, which is that of the page.
fn lock(address: usize) -> *mut vm_area_struct {
    match address {
        MAPPED | GUARDED => {
            HELD.set(HELD.get() + 1);
            address as *mut vm_area_struct
        }
        KILLED => EINTR.wrapping_neg() as *mut vm_area_struct,
        _ => ptr::null_mut(),
    }
}

macro_rules! stands_for {
    ($name:ident($($end:ident)?) $found:expr) => {
        #[no_mangle]
        extern "C" fn $name(
            _: *mut mm_struct,
            address: usize,
            $($end: usize,)?
            caller: *const module,
        ) -> *mut vm_area_struct {
            assert_eq!(caller as usize, 0x42);
            let find: fn(usize $(, stands_for!(@usize $end))?) -> usize = $found;
            lock(find(address $(, $end)?))
        }
    };
    (@usize $end:ident) => { usize };
}

fn next(address: usize, end: usize) -> usize {
    [MAPPED, GUARDED, KILLED].into_iter().find(|page| (address..end).contains(page)).unwrap_or(0)
}

stands_for!(vmalock_lock_vma_under_rcu() |address| address);
stands_for!(vmalock_vma_start_read_unlocked() |address| address);
stands_for!(vmalock_vma_start_read_unlocked_killable() |address| address);
stands_for!(vmalock_vma_start_read_next(end) next);
stands_for!(vmalock_vma_start_read_next_killable(end) next);

#[no_mangle]
extern "C" fn vmalock_vma_end_read(_: *mut vm_area_struct, caller: *const module) {
    assert_eq!(caller as usize, 0x42);
    HELD.set(HELD.get() - 1);
    RELEASED.set(RELEASED.get() + 1);
}

/// Run with an address space; nothing may be left locked.
fn with_mm(released: i32, test: impl FnOnce(&MmWithUser, Caller)) {
    let mut mm = 0_u64;

    RELEASED.set(0);
    // SAFETY: Nothing here looks into either.
    test(unsafe { MmWithUser::from_raw((&raw mut mm).cast()) }, unsafe {
        Caller::from_raw(0x42 as *const module)
    });
    assert_eq!((HELD.get(), RELEASED.get()), (0, released));
}

#[test]
fn a_lock_ends_with_its_scope() {
    with_mm(3, |mm, us| {
        let vma = mm.vma_start_read_unlocked(us, MAPPED).unwrap();
        assert_eq!((vma.as_ptr() as usize, HELD.get()), (MAPPED, 1));
        {
            let _other = mm.lock_vma_under_rcu(us, GUARDED).unwrap();
            assert_eq!(HELD.get(), 2);
        }
        assert_eq!(HELD.get(), 1);
        drop(vma);
        let moved = mm.lock_vma_under_rcu(us, MAPPED);
        let again = moved;
        assert_eq!((again.is_some(), HELD.get()), (true, 1));
    });
}

#[test]
fn what_is_not_mapped_is_none() {
    with_mm(0, |mm, us| {
        assert!(mm.lock_vma_under_rcu(us, 0).is_none());
        assert!(mm.vma_start_read_unlocked(us, 0).is_none());
        assert!(mm.vma_start_read_unlocked_killable(us, 0).unwrap().is_none());
        assert!(mm.vma_start_read_next(us, 0..MAPPED).is_none());
        assert!(mm.vma_start_read_next_killable(us, 0..MAPPED).unwrap().is_none());
    });
}

#[test]
fn an_interrupted_wait_is_no_vma() {
    with_mm(0, |mm, us| {
        assert_eq!(mm.vma_start_read_unlocked_killable(us, KILLED).err(), Some(Interrupted));
        assert_eq!(mm.vma_start_read_next_killable(us, KILLED..KILLED + 1).err(), Some(Interrupted));
    });
}

#[test]
fn a_walk_has_one_lock_at_a_time() {
    with_mm(2, |mm, us| {
        let mut address = 0;
        let mut seen = Vec::new();

        while let Some(vma) = mm.vma_start_read_next(us, address..KILLED) {
            assert_eq!(HELD.get(), 1);
            address = vma.as_ptr() as usize + 1;
            seen.push(address - 1);
        }
        assert_eq!(seen, [MAPPED, GUARDED]);
    });
}
