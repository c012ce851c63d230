// SPDX-License-Identifier: GPL-2.0-only
/// Find fallbacks to mmap_lock that are written by hand behind lock_vma_under_rcu(), and
/// paths that return with a VMA locked.
//# A fallback is converted to vma_start_read_unlocked() only where both of its ways do the
//# same work. All others are reported. A function of another file that is passed the VMA
//# may release it, so no leak is reported behind it, unless KEEPS has its name. See
//# docs/porting.md.
///
// Confidence: Moderate
// Copyright: (C) 2026 the authors of vmalock
// URL: https://coccinelle.gitlabpages.inria.fr/website
// Comments: -D candidates also reports look-ups and walks under mmap_lock alone
// Options: --no-includes --include-headers

virtual patch
virtual context
virtual org
virtual report
virtual candidates

@initialize:python@
@@
import re

# Functions of the kernel that do not release the VMA that they are passed.
KEEPS = re.compile(r"(IS_ERR|PTR_ERR|WARN|BUG|likely|unlikely|pr_|dev_|trace_|is_vm_|is_vma_|vma_is_"
                   r"|vma_assert_|vma_pages|vma_kernel_|vma_test|vma_desc_|vm_insert_|vmf_insert_|zap_"
                   r"|remap_|io_remap_|follow_p|vm_get_page_prot|vm_normal_|walk_page_|linear_page_index)")

defined, released, passed = set(), set(), {}
fine, kept, convertible, converted = set(), set(), set(), set()


def places(positions):
    return {(place.line, place.column) for place in positions}


def functions(positions):
    return {place.current_element for place in positions}


def keeps(name, seen=()):
    """Does this function leave the VMA locked that it is passed?"""
    if name in defined:
        return name not in released and all(
            keeps(callee, (*seen, name)) for callee in passed.get(name, ()) if callee not in seen)
    return KEEPS.match(name) is not None

// Files that lock no VMA are left alone.
@locks@
@@
(
  lock_vma_under_rcu(...)
|
  lock_vma_under_rcu_wait(...)
|
  vma_start_read_unlocked(...)
|
  vma_start_read_unlocked_killable(...)
|
  vma_start_read_next(...)
|
  vma_start_read_next_killable(...)
|
  vma_start_read_locked(...)
)

// --- What the functions of this file do with a VMA that they are passed.

@script:python depends on locks@
@@
defined.clear()
released.clear()
passed.clear()
fine.clear()
kept.clear()
convertible.clear()
converted.clear()

@definition depends on locks@
identifier f, v;
@@
  f(..., struct vm_area_struct *v, ...) { ... }

@script:python@
f << definition.f;
@@
defined.add(f)

@release depends on locks@
idexpression struct vm_area_struct *v;
expression E;
position p;
@@
(
  vma_end_read@p(v)
|
  mmap_read_unlock@p(...)
|
  E =@p v
)

@script:python@
p << release.p;
@@
released.add(p[0].current_element)

@pass depends on locks@
idexpression struct vm_area_struct *v;
identifier g;
position p;
@@
  g@p(..., v, ...)

@script:python@
p << pass.p;
g << pass.g;
@@
passed.setdefault(p[0].current_element, set()).add(g)

// --- Fallbacks by hand: where there are, whatever is converted below.

// A page fault handler needs mmap_lock for what it does behind its trylock.
@handler exists@
position p;
@@
  lock_vma_under_rcu@p(...)
  ... when any
  handle_mm_fault(...)

// A fallback that keeps a VMA lock, not mmap_lock.
@keeper exists@
position p;
@@
  lock_vma_under_rcu@p(...)
  ... when any
  vma_start_read_locked(...)

@fallback exists@
local idexpression struct vm_area_struct *vma;
expression mm, address;
position p != {handler.p,keeper.p}, q;
@@
  vma = lock_vma_under_rcu@p(mm, address)
  ... when any
(
  mmap_read_lock@q(mm)
|
  mmap_read_lock_killable@q(mm)
)
  ... when != mmap_read_unlock(mm)
(
  vma_lookup(mm, address)
|
  find_vma(mm, address)
)

@try exists@
local idexpression struct vm_area_struct *vma;
expression mm, address;
position p != {handler.p,keeper.p}, q;
@@
  vma = lock_vma_under_rcu@p(mm, address)
  ... when any
  mmap_read_trylock@q(mm)
  ... when != mmap_read_unlock(mm)
(
  vma_lookup(mm, address)
|
  find_vma(mm, address)
)

// The whole helper by hand.
@whole exists@
local idexpression struct vm_area_struct *vma;
expression mm, address;
position p != handler.p, q;
@@
  vma = lock_vma_under_rcu@p(mm, address)
  ... when any
(
  mmap_read_lock@q(mm)
|
  mmap_read_lock_killable@q(mm)
)
  ... when != mmap_read_unlock(mm)
  vma_lookup(mm, address)
  ... when != mmap_read_unlock(mm)
  vma_start_read_locked(vma)

@depends on context@
position fallback.p, fallback.q;
@@
(
* lock_vma_under_rcu@p(...)
|
* mmap_read_lock@q(...)
|
* mmap_read_lock_killable@q(...)
)

@depends on context@
position try.q;
@@
* mmap_read_trylock@q(...)

@depends on context@
position whole.p, whole.q;
@@
(
* lock_vma_under_rcu@p(...)
|
* mmap_read_lock@q(...)
|
* mmap_read_lock_killable@q(...)
)

@script:python depends on report@
p << fallback.p;
q << fallback.q;
@@
coccilib.report.print_report(p[0], "WARNING: falls back to mmap_lock by hand, line %s: vma_start_read_unlocked() waits for writers" % q[0].line)

@script:python depends on org@
p << fallback.p;
q << fallback.q;
@@
coccilib.org.print_todo(p[0], "falls back to mmap_lock by hand, line %s: vma_start_read_unlocked() waits for writers" % q[0].line)

@script:python depends on report@
p << whole.p;
q << whole.q;
@@
coccilib.report.print_report(p[0], "WARNING: does by hand what vma_start_read_unlocked() does, line %s" % q[0].line)

@script:python depends on org@
p << whole.p;
q << whole.q;
@@
coccilib.org.print_todo(p[0], "does by hand what vma_start_read_unlocked() does, line %s" % q[0].line)

@script:python depends on report@
q << try.q;
p << try.p;
@@
coccilib.report.print_report(q[0], "WARNING: the trylock of line %s has failed because of the same writer: go without" % p[0].line)

@script:python depends on org@
q << try.q;
p << try.p;
@@
coccilib.org.print_todo(q[0], "the trylock of line %s has failed because of the same writer: go without" % p[0].line)

// --- Conversions.

// The same work twice, as in binder_page_insert().
@twice depends on patch@
local idexpression struct vm_area_struct *vma;
expression mm, address, condition, result;
statement work;
@@
  vma =
- lock_vma_under_rcu
+ vma_start_read_unlocked
  (mm, address);
  if (vma) {
    if (condition) work
    vma_end_read(vma);
-   return result;
  }
- mmap_read_lock(mm);
- vma = vma_lookup(mm, address);
- if (vma && condition) work
- mmap_read_unlock(mm);
  return result;

@twice_unconditional depends on patch@
local idexpression struct vm_area_struct *vma;
expression mm, address, result;
statement work;
@@
  vma =
- lock_vma_under_rcu
+ vma_start_read_unlocked
  (mm, address);
  if (vma) {
    work
    vma_end_read(vma);
-   return result;
  }
- mmap_read_lock(mm);
- vma = vma_lookup(mm, address);
- if (vma) work
- mmap_read_unlock(mm);
  return result;

@twice_killable depends on patch@
local idexpression struct vm_area_struct *vma;
expression mm, address, condition, error, result;
statement work;
@@
  vma =
- lock_vma_under_rcu
+ vma_start_read_unlocked_killable
  (mm, address);
+ if (IS_ERR(vma))
+   return error;
  if (vma) {
    if (condition) work
    vma_end_read(vma);
-   return result;
  }
- if (mmap_read_lock_killable(mm)) return error;
- vma = vma_lookup(mm, address);
- if (vma && condition) work
- mmap_read_unlock(mm);
  return result;

@twice_unconditional_killable depends on patch@
local idexpression struct vm_area_struct *vma;
expression mm, address, error, result;
statement work;
@@
  vma =
- lock_vma_under_rcu
+ vma_start_read_unlocked_killable
  (mm, address);
+ if (IS_ERR(vma))
+   return error;
  if (vma) {
    work
    vma_end_read(vma);
-   return result;
  }
- if (mmap_read_lock_killable(mm)) return error;
- vma = vma_lookup(mm, address);
- if (vma) work
- mmap_read_unlock(mm);
  return result;

// A helper that returns with either lock held, and says which in a flag, as find_tcp_vma().
// It stays as it is if any caller does more with its flag, or if it is not only called.
@helper depends on patch@
identifier f, mm, address, flag, vma;
parameter list[n] before;
expression bad;
position h;
symbol true, false;
@@
  static struct vm_area_struct *f@h(before, bool *flag)
  {
  struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
  if (vma) {
    if (bad) {
      vma_end_read(vma);
      return NULL;
    }
    *flag = false;
    return vma;
  }
  mmap_read_lock(mm);
  vma = vma_lookup(mm, address);
  if (!vma || bad) {
    mmap_read_unlock(mm);
    return NULL;
  }
  *flag = true;
  return vma;
  }

@call@
identifier helper.f, caller, locked;
local idexpression struct vm_area_struct *vma;
expression list[helper.n] arguments;
position c;
@@
  caller(...) { <+... vma = f@c(arguments, &locked) ...+> }

@release_by_flag@
identifier call.locked;
local idexpression struct vm_area_struct *vma;
position u;
@@
  if (locked@u) mmap_read_unlock(...); else vma_end_read(vma);

@pointed@
identifier helper.f, call.locked;
expression list[helper.n] arguments;
position u;
@@
  f(arguments, &locked@u)

@any_use@
identifier call.caller, call.locked;
position u;
@@
  caller(...) { <+... locked@u ...+> }

@any_call@
identifier helper.f;
position c;
@@
  f@c

@script:python@
u << release_by_flag.u;
@@
fine.update(places(u))

@script:python@
u << pointed.u;
@@
fine.update(places(u))

@script:python@
c << call.c;
@@
fine.update(places(c))

@script:python@
h << helper.h;
@@
fine.update(places(h))

@script:python@
f << helper.f;
u << any_use.u;
@@
if not places(u) <= fine:
    kept.add(f)

@script:python@
f << helper.f;
c << any_call.c;
@@
if not places(c) <= fine:
    kept.add(f)

@script:python movable@
f << helper.f;
g;
@@
if f in kept:
    cocci.include_match(False)
else:
    coccinelle.g = f

@helper_converted depends on patch && call@
identifier movable.g, helper.flag, vma;
identifier helper.mm, helper.address;
parameter list[helper.n] helper.before;
expression helper.bad;
symbol true, false;
@@
  static struct vm_area_struct *g(before
-  , bool *flag
  )
  {
  struct vm_area_struct *vma =
- lock_vma_under_rcu
+ vma_start_read_unlocked
  (mm, address);
- if (vma) {
-   if (bad) {
+ if (!vma)
+   return NULL;
+ if (bad) {
      vma_end_read(vma);
      return NULL;
    }
-   *flag = false;
    return vma;
- }
- mmap_read_lock(mm);
- vma = vma_lookup(mm, address);
- if (!vma || bad) {
-   mmap_read_unlock(mm);
-   return NULL;
- }
- *flag = true;
- return vma;
  }

@call_converted depends on patch && helper_converted@
identifier movable.g, call.locked;
expression list[helper.n] arguments;
@@
  g(arguments
-  , &locked
  )

@call_released depends on patch && call_converted@
identifier call.caller, call.locked;
local idexpression struct vm_area_struct *vma;
@@
  caller(...)
  {
  <...
- if (locked) mmap_read_unlock(...); else
  vma_end_read(vma);
  ...>
  }

@flag_removed depends on patch && call_converted@
identifier call.caller, call.locked;
@@
  caller(...)
  {
  ...
- bool locked;
  ...
  }

// The same in one function. Where something else is done with the flag it is only reported.
@flagged depends on patch@
local idexpression struct vm_area_struct *vma;
identifier locked;
expression mm, address;
position p, u;
symbol true;
@@
  vma = lock_vma_under_rcu@p(mm, address);
  if (!vma) {
(
    mmap_read_lock(mm);
|
    if (mmap_read_lock_killable(mm)) return ...;
)
    vma = vma_lookup(mm, address);
    if (!vma) {
      mmap_read_unlock(mm);
      return ...;
    }
    locked@u = true;
  }

@flagged_release@
identifier flagged.locked;
local idexpression struct vm_area_struct *vma;
position u;
@@
  if (locked@u) mmap_read_unlock(...); else vma_end_read(vma);

@flagged_use@
identifier flagged.locked;
position u;
@@
  locked@u

@script:python@
u << flagged.u;
@@
fine.update(places(u))

@script:python@
u << flagged_release.u;
@@
fine.update(places(u))
convertible.update(functions(u))

@script:python@
u << flagged_use.u;
@@
convertible.difference_update(place.current_element for place in u if not places([place]) <= fine)

@flagged_plain depends on patch && flagged@
local idexpression struct vm_area_struct *vma;
identifier flagged.locked;
expression flagged.mm, flagged.address, result;
position p : script:python() { p[0].current_element in convertible };
symbol true;
@@
  vma =
- lock_vma_under_rcu@p
+ vma_start_read_unlocked
  (mm, address);
- if (!vma) {
-   mmap_read_lock(mm);
-   vma = vma_lookup(mm, address);
-   if (!vma) {
-     mmap_read_unlock(mm);
-     return result;
-   }
-   locked = true;
- }
+ if (!vma)
+   return result;

@script:python@
p << flagged_plain.p;
@@
converted.update(functions(p))

@flagged_killable depends on patch && flagged@
local idexpression struct vm_area_struct *vma;
identifier flagged.locked;
expression flagged.mm, flagged.address, error, result;
position p : script:python() { p[0].current_element in convertible };
symbol true;
@@
  vma =
- lock_vma_under_rcu@p
+ vma_start_read_unlocked_killable
  (mm, address);
- if (!vma) {
-   if (mmap_read_lock_killable(mm)) return error;
-   vma = vma_lookup(mm, address);
-   if (!vma) {
-     mmap_read_unlock(mm);
-     return result;
-   }
-   locked = true;
- }
+ if (IS_ERR(vma))
+   return error;
+ if (!vma)
+   return result;

@script:python@
p << flagged_killable.p;
@@
converted.update(functions(p))

@depends on patch && flagged@
identifier flagged.locked;
expression flagged.mm;
local idexpression struct vm_area_struct *vma;
position u : script:python() { u[0].current_element in converted };
@@
- if (locked@u) mmap_read_unlock(mm); else
  vma_end_read(vma);

@depends on patch && flagged@
identifier flagged.locked;
position u : script:python() { u[0].current_element in converted };
symbol false;
@@
- bool locked@u = false;

// --- Leaked locks. A path is followed from behind the test for NULL, or from a condition that
// tests more than that. It leaves a loop at any turn.

@leak exists@
local idexpression struct vm_area_struct *vma;
identifier taker : script:python() { not keeps(taker) };
expression E, E1, E2;
statement S1, S2;
identifier leaves;
position p, r;
@@
(
  vma = lock_vma_under_rcu@p(...)
|
  vma = lock_vma_under_rcu_wait@p(...)
|
  vma = vma_start_read_unlocked@p(...)
|
  vma = vma_start_read_unlocked_killable@p(...)
|
  vma = vma_start_read_next@p(...)
|
  vma = vma_start_read_next_killable@p(...)
)
  ... when != vma_end_read(vma)
      when != mmap_read_unlock(...)
      when != vma = E
      when != E1 = vma
      when != taker(..., vma, ...)
  if (\(!vma\|unlikely(!vma)\|IS_ERR_OR_NULL(vma)\)) {
  ... when any
(
  return ...;
|
  goto leaves;
|
  break;
|
  continue;
)
  }
  ... when != vma_end_read(vma)
      when != mmap_read_unlock(...)
      when != vma = E
      when != E1 = vma
      when != &vma
      when != taker(..., vma, ...)
      when != if (vma) S1 else S2
      when != if (!vma) S1 else S2
      when != if (vma && E2) S1 else S2
      when != if (!vma || E2) S1 else S2
(
  return vma;
|
  return taker(..., vma, ...);
|
  return@r ...;
)

@leak_in_branch exists@
local idexpression struct vm_area_struct *vma;
identifier taker : script:python() { not keeps(taker) };
expression E, E1, E2;
statement S1, S2;
position p, r;
@@
(
  vma = lock_vma_under_rcu@p(...)
|
  vma = lock_vma_under_rcu_wait@p(...)
|
  vma = vma_start_read_unlocked@p(...)
|
  vma = vma_start_read_unlocked_killable@p(...)
|
  vma = vma_start_read_next@p(...)
|
  vma = vma_start_read_next_killable@p(...)
)
  ... when != vma_end_read(vma)
      when != mmap_read_unlock(...)
      when != vma = E
      when != E1 = vma
      when != taker(..., vma, ...)
  if (vma) {
  ... when != vma_end_read(vma)
      when != mmap_read_unlock(...)
      when != vma = E
      when != E1 = vma
      when != &vma
      when != taker(..., vma, ...)
      when != if (vma) S1 else S2
      when != if (!vma) S1 else S2
      when != if (vma && E2) S1 else S2
      when != if (!vma || E2) S1 else S2
(
  return vma;
|
  return taker(..., vma, ...);
|
  return@r ...;
)
  ... when any
  }

@leak_in_condition exists@
local idexpression struct vm_area_struct *vma;
identifier taker : script:python() { not keeps(taker) };
expression E, E1, E2;
statement S1, S2;
expression X, Y;
position p, r;
@@
(
  vma = lock_vma_under_rcu@p(...)
|
  vma = lock_vma_under_rcu_wait@p(...)
|
  vma = vma_start_read_unlocked@p(...)
|
  vma = vma_start_read_unlocked_killable@p(...)
|
  vma = vma_start_read_next@p(...)
|
  vma = vma_start_read_next_killable@p(...)
)
  ... when != vma_end_read(vma)
      when != mmap_read_unlock(...)
      when != vma = E
      when != E1 = vma
      when != taker(..., vma, ...)
(
  !vma || IS_ERR(vma)
|
  !vma || X
|
  !vma || X || Y
)
  ... when != vma_end_read(vma)
      when != mmap_read_unlock(...)
      when != vma = E
      when != E1 = vma
      when != &vma
      when != taker(..., vma, ...)
      when != if (vma) S1 else S2
      when != if (!vma) S1 else S2
      when != if (vma && E2) S1 else S2
      when != if (!vma || E2) S1 else S2
(
  return vma;
|
  return taker(..., vma, ...);
|
  return@r ...;
)

@leak_of_found exists@
local idexpression struct vm_area_struct *vma;
identifier taker : script:python() { not keeps(taker) };
expression E, E1, E2;
statement S1, S2;
identifier leaves;
position p, r;
@@
  if (!vma_start_read_locked@p(vma)) {
  ... when any
(
  return ...;
|
  goto leaves;
|
  break;
|
  continue;
)
  }
  ... when != vma_end_read(vma)
      when != vma = E
      when != E1 = vma
      when != &vma
      when != taker(..., vma, ...)
      when != if (vma) S1 else S2
      when != if (!vma) S1 else S2
      when != if (vma && E2) S1 else S2
      when != if (!vma || E2) S1 else S2
(
  return vma;
|
  return taker(..., vma, ...);
|
  return@r ...;
)

@leak_of_found_tested exists@
local idexpression struct vm_area_struct *vma;
identifier taker : script:python() { not keeps(taker) };
expression E, E1, E2;
statement S1, S2;
identifier leaves;
position p, r;
@@
  if (vma && !vma_start_read_locked@p(vma)) S1
  ... when != vma_end_read(vma)
      when != vma = E
      when != E1 = vma
      when != taker(..., vma, ...)
  if (\(!vma\|unlikely(!vma)\|IS_ERR_OR_NULL(vma)\)) {
  ... when any
(
  return ...;
|
  goto leaves;
|
  break;
|
  continue;
)
  }
  ... when != vma_end_read(vma)
      when != mmap_read_unlock(...)
      when != vma = E
      when != E1 = vma
      when != &vma
      when != taker(..., vma, ...)
      when != if (vma) S1 else S2
      when != if (!vma) S1 else S2
      when != if (vma && E2) S1 else S2
      when != if (!vma || E2) S1 else S2
(
  return vma;
|
  return taker(..., vma, ...);
|
  return@r ...;
)

@depends on context@
position leak.r;
@@
* return@r ...;

@depends on context@
position leak_in_branch.r;
@@
* return@r ...;

@depends on context@
position leak_in_condition.r;
@@
* return@r ...;

@depends on context@
position leak_of_found.r;
@@
* return@r ...;

@depends on context@
position leak_of_found_tested.r;
@@
* return@r ...;

@script:python depends on report@
r << leak.r;
p << leak.p;
@@
coccilib.report.print_report(r[0], "ERROR: returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on org@
r << leak.r;
p << leak.p;
@@
coccilib.org.print_todo(r[0], "returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on report@
r << leak_in_branch.r;
p << leak_in_branch.p;
@@
coccilib.report.print_report(r[0], "ERROR: returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on org@
r << leak_in_branch.r;
p << leak_in_branch.p;
@@
coccilib.org.print_todo(r[0], "returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on report@
r << leak_in_condition.r;
p << leak_in_condition.p;
@@
coccilib.report.print_report(r[0], "ERROR: returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on org@
r << leak_in_condition.r;
p << leak_in_condition.p;
@@
coccilib.org.print_todo(r[0], "returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on report@
r << leak_of_found.r;
p << leak_of_found.p;
@@
coccilib.report.print_report(r[0], "ERROR: returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on org@
r << leak_of_found.r;
p << leak_of_found.p;
@@
coccilib.org.print_todo(r[0], "returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on report@
r << leak_of_found_tested.r;
p << leak_of_found_tested.p;
@@
coccilib.report.print_report(r[0], "ERROR: returns with the VMA locked that line %s locks" % p[0].line)

@script:python depends on org@
r << leak_of_found_tested.r;
p << leak_of_found_tested.p;
@@
coccilib.org.print_todo(r[0], "returns with the VMA locked that line %s locks" % p[0].line)

// --- Candidates: what knows mmap_lock alone.

@alone depends on candidates exists@
expression mm;
position p, q;
@@
(
  mmap_read_lock@p(mm)
|
  mmap_read_lock_killable@p(mm)
)
  ... when != mmap_read_unlock(mm)
(
  vma_lookup@q(mm, ...)
|
  find_vma@q(mm, ...)
)
  ... when any
  mmap_read_unlock(mm)

@walk depends on candidates exists@
expression mm;
iterator name for_each_vma, for_each_vma_range;
position p, q;
statement S;
@@
(
  mmap_read_lock@p(mm)
|
  mmap_read_lock_killable@p(mm)
)
  ... when != mmap_read_unlock(mm)
(
  for_each_vma@q(...) S
|
  for_each_vma_range@q(...) S
)
  ... when any
  mmap_read_unlock(mm)

@script:python depends on report@
q << alone.q;
p << alone.p;
@@
coccilib.report.print_report(q[0], "INFO: looks a VMA up under the mmap_lock of line %s" % p[0].line)

@script:python depends on org@
q << alone.q;
p << alone.p;
@@
coccilib.org.print_todo(q[0], "looks a VMA up under the mmap_lock of line %s" % p[0].line)

@script:python depends on report@
q << walk.q;
p << walk.p;
@@
coccilib.report.print_report(q[0], "INFO: walks VMAs under the mmap_lock of line %s" % p[0].line)

@script:python depends on org@
q << walk.q;
p << walk.p;
@@
coccilib.org.print_todo(q[0], "walks VMAs under the mmap_lock of line %s" % p[0].line)
