// SPDX-License-Identifier: GPL-2.0-only

//! Read locks of VMAs for drivers in Rust: the calls of `vmalock/vma_lock.h`.
//!
//! The contract is that of the header. The compiler checks the part of it that types can say:
//!
//! - What was not locked is `None`, which cannot be taken for a VMA.
//! - A [`VmaReadGuard`] ends before the [`MmWithUser`] that it was got from, and its lock ends
//!   with it, once. `mem::forget()` leaks the lock, as it leaks all else.
//! - A guard stays with its thread.
//!
//! It cannot check that the caller may sleep, nor that it has neither `mmap_lock` nor another
//! VMA lock of this address space. lockdep does, at every call.
//!
//! Where the kernel has the first three calls for modules, `vmalock.ko` steps aside and exports
//! none of these: use the kernel's `mm.rs` there.

#![no_std]

use core::marker::PhantomData;
use core::ops::Range;
use core::ptr::NonNull;

pub mod bindings;

use bindings::{mm_struct, module, vm_area_struct};

/// The module that calls, as `THIS_MODULE` in C: its locks are on its account.
#[derive(Clone, Copy)]
pub struct Caller(*const module);

// SAFETY: It is an address; nobody here looks behind it.
unsafe impl Sync for Caller {}

impl Caller {
    /// # Safety
    ///
    /// The module stays loaded as long as the value, and each guard got with it, exists.
    pub const unsafe fn from_raw(this_module: *const module) -> Self {
        Self(this_module)
    }
}

/// A fatal signal has ended the wait: `-EINTR` in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// An address space whose `mm_users` stays above zero: that of `current`, or one that
/// `mmget_not_zero()` was asked for.
#[repr(transparent)]
pub struct MmWithUser(mm_struct);

// SAFETY: Any thread may lock VMAs of any address space.
unsafe impl Sync for MmWithUser {}

impl MmWithUser {
    /// # Safety
    ///
    /// `mm` is valid and its `mm_users` stays above zero as long as the reference exists.
    pub unsafe fn from_raw<'a>(mm: *mut mm_struct) -> &'a Self {
        // SAFETY: By the caller. The type has the layout of mm_struct.
        unsafe { &*mm.cast() }
    }

    fn as_raw(&self) -> *mut mm_struct {
        (self as *const Self).cast_mut().cast()
    }

    /// The VMA at an address, if its lock needs no wait. Does not sleep. `None` also where a
    /// writer is about, and sometimes when none is.
    #[must_use = "the lock ends with the guard"]
    pub fn lock_vma_under_rcu(&self, caller: Caller, address: usize) -> Option<VmaReadGuard<'_>> {
        // SAFETY: self is a reference, so mm_users is above zero.
        let vma = unsafe { bindings::vmalock_lock_vma_under_rcu(self.as_raw(), address, caller.0) };

        self.locked(caller, vma)
    }

    /// The VMA at an address. Waits for writers. `None` if nothing is mapped there.
    #[must_use = "the lock ends with the guard"]
    pub fn vma_start_read_unlocked(
        &self,
        caller: Caller,
        address: usize,
    ) -> Option<VmaReadGuard<'_>> {
        // SAFETY: As above.
        let vma =
            unsafe { bindings::vmalock_vma_start_read_unlocked(self.as_raw(), address, caller.0) };

        self.locked(caller, vma)
    }

    /// As [`Self::vma_start_read_unlocked`], but a fatal signal ends the wait.
    pub fn vma_start_read_unlocked_killable(
        &self,
        caller: Caller,
        address: usize,
    ) -> Result<Option<VmaReadGuard<'_>>, Interrupted> {
        // SAFETY: As above.
        let vma = unsafe {
            bindings::vmalock_vma_start_read_unlocked_killable(self.as_raw(), address, caller.0)
        };

        self.locked_unless_killed(caller, vma)
    }

    /// The first VMA that has an address of `range`. Waits for writers. `None` if there is none.
    #[must_use = "the lock ends with the guard"]
    pub fn vma_start_read_next(
        &self,
        caller: Caller,
        range: Range<usize>,
    ) -> Option<VmaReadGuard<'_>> {
        // SAFETY: As above.
        let vma = unsafe {
            bindings::vmalock_vma_start_read_next(self.as_raw(), range.start, range.end, caller.0)
        };

        self.locked(caller, vma)
    }

    /// As [`Self::vma_start_read_next`], but a fatal signal ends the wait.
    pub fn vma_start_read_next_killable(
        &self,
        caller: Caller,
        range: Range<usize>,
    ) -> Result<Option<VmaReadGuard<'_>>, Interrupted> {
        // SAFETY: As above.
        let vma = unsafe {
            bindings::vmalock_vma_start_read_next_killable(
                self.as_raw(),
                range.start,
                range.end,
                caller.0,
            )
        };

        self.locked_unless_killed(caller, vma)
    }

    /// `vma` is null, or locked and nobody's yet.
    fn locked(&self, caller: Caller, vma: *mut vm_area_struct) -> Option<VmaReadGuard<'_>> {
        if let Some(vma) = NonNull::new(vma) {
            return Some(VmaReadGuard { vma, caller, mm: PhantomData });
        }
        None
    }

    /// The same, or an error.
    fn locked_unless_killed(
        &self,
        caller: Caller,
        vma: *mut vm_area_struct,
    ) -> Result<Option<VmaReadGuard<'_>>, Interrupted> {
        if vma as usize >= bindings::MAX_ERRNO.wrapping_neg() {
            return Err(Interrupted);
        }
        Ok(self.locked(caller, vma))
    }
}

/// A VMA that is locked for read until the guard ends. Not to be sent to another thread.
#[must_use = "the lock ends with the guard"]
pub struct VmaReadGuard<'mm> {
    vma: NonNull<vm_area_struct>,
    caller: Caller,
    mm: PhantomData<&'mm MmWithUser>,
}

impl VmaReadGuard<'_> {
    /// The VMA, valid and unchanged as long as the guard exists.
    pub fn as_ptr(&self) -> *mut vm_area_struct {
        self.vma.as_ptr()
    }
}

impl Drop for VmaReadGuard<'_> {
    fn drop(&mut self) {
        // SAFETY: It was locked for this guard, and no other releases it.
        unsafe { bindings::vmalock_vma_end_read(self.vma.as_ptr(), self.caller.0) }
    }
}
