/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * types.h - what every record that crosses kernel, BPF and user space is made of.
 *
 * Each subject has a header of its own here, declared once and included by the C
 * boundary, the freestanding C++ core, the BPF programs and the tool. All types
 * have fixed width, all padding is explicit, and each header asserts the layout
 * of its records: all sides compile that, so a disagreement stops the build
 * instead of shifting a field. What only BPF programs and the tool's collectors
 * hand on is in headers named *_records.h, which nobody else has to include.
 *
 * Needs no other header: BPF and freestanding C++ have none to offer.
 */
#ifndef VMALOCK_UAPI_TYPES_H
#define VMALOCK_UAPI_TYPES_H

typedef __UINT32_TYPE__ vmalock_u32;
typedef __UINT64_TYPE__ vmalock_u64;

#define VMALOCK_COMM_LEN 16

/*
 * An enumeration is a list that calls X for each of its values with the name, the
 * key by which JSON and recordings know it, which never changes, and the words
 * that people read. All else that must know the values is made of the list.
 */
#define VMALOCK_ENUMERATOR(name, ...) name,

#ifdef __cplusplus
#define VMALOCK_ABI_ASSERT(condition) static_assert(condition, #condition)
#else
#define VMALOCK_ABI_ASSERT(condition) _Static_assert(condition, #condition)
#endif

#endif /* VMALOCK_UAPI_TYPES_H */
