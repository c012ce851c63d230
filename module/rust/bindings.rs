// SPDX-License-Identifier: GPL-2.0-only

//! What `vmalock.ko` exports, as `vmalock/vma_lock.h` declares it.
//!
//! Types of the kernel are opaque here; a driver casts between these and the pointers of its
//! own `kernel::bindings`.

use core::cell::UnsafeCell;
use core::marker::{PhantomData, PhantomPinned};

macro_rules! opaque {
    ($($(#[$comment:meta])* $name:ident),+) => {$(
        $(#[$comment])*
        #[repr(C)]
        #[allow(non_camel_case_types)]
        pub struct $name {
            // The kernel writes to it behind a shared reference.
            _bytes: UnsafeCell<[u8; 0]>,
            _not_send: PhantomData<(*mut u8, PhantomPinned)>,
        }
    )+};
}

opaque!(
    /// An address space.
    mm_struct,
    /// One of its mappings.
    vm_area_struct,
    /// A loaded module.
    module
);

/// The last page of addresses is no address: the kernel has errors there.
pub const MAX_ERRNO: usize = 4095;

extern "C" {
    pub fn vmalock_lock_vma_under_rcu(
        mm: *mut mm_struct,
        address: usize,
        caller: *const module,
    ) -> *mut vm_area_struct;
    pub fn vmalock_vma_start_read_unlocked(
        mm: *mut mm_struct,
        address: usize,
        caller: *const module,
    ) -> *mut vm_area_struct;
    pub fn vmalock_vma_start_read_unlocked_killable(
        mm: *mut mm_struct,
        address: usize,
        caller: *const module,
    ) -> *mut vm_area_struct;
    pub fn vmalock_vma_start_read_next(
        mm: *mut mm_struct,
        address: usize,
        end: usize,
        caller: *const module,
    ) -> *mut vm_area_struct;
    pub fn vmalock_vma_start_read_next_killable(
        mm: *mut mm_struct,
        address: usize,
        end: usize,
        caller: *const module,
    ) -> *mut vm_area_struct;
    pub fn vmalock_vma_end_read(vma: *mut vm_area_struct, caller: *const module);
}
