/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * environment.h - the line between C and C++ in vmalock_tcp. Included on both
 * sides, so it includes no kernel header and knows its types by name only.
 *
 * The vmalock_tcp_env_ functions are one operation each of the environment
 * that core.hh describes. The others after them are the core's, called by
 * tcp.c with the stream's mutex held, except the checks, which look at nothing
 * but their argument.
 */
#ifndef VMALOCK_CALLERS_TCP_ENVIRONMENT_H
#define VMALOCK_CALLERS_TCP_ENVIRONMENT_H

#include "uapi/vmalock_tcp.h"

struct page;
struct vm_area_struct;
struct vmalock_tcp_file;	/* an open file, in C */
struct vmalock_tcp_stream;	/* its stream, in C++; all zero when new */

/* The argument of an ioctl. */
union vmalock_tcp_call {
	struct vmalock_tcp_feed feed;
	struct vmalock_tcp_receive receive;
	struct vmalock_tcp_mode mode;
	struct vmalock_tcp_fail fail;
	struct vmalock_tcp_stats stats;
};

/* What is wrong with it; tcp.c knows the errno of each. */
enum vmalock_tcp_refusal {
	VMALOCK_TCP_ACCEPTED,
	VMALOCK_TCP_INVALID,
	VMALOCK_TCP_TOO_BIG,
	VMALOCK_TCP_OVERFLOW,
	VMALOCK_TCP_REFUSAL_NR,
};

#ifdef __cplusplus
extern "C" {
#endif

extern const unsigned long vmalock_tcp_page_size;

bool vmalock_tcp_env_killed(void);
bool vmalock_tcp_env_fail_now(struct vmalock_tcp_file *file);
struct page *vmalock_tcp_env_alloc_page(void);
void vmalock_tcp_env_free_page(struct page *page);
unsigned long vmalock_tcp_env_copy_in(struct page *page, unsigned long from,
				      unsigned long bytes);
unsigned long vmalock_tcp_env_copy_out(unsigned long to, struct page *page,
				       unsigned long offset,
				       unsigned long bytes);
struct vm_area_struct *
vmalock_tcp_env_vma_start_read_unlocked(unsigned long address);
struct vm_area_struct *
vmalock_tcp_env_lock_vma_under_rcu(unsigned long address);
void vmalock_tcp_env_vma_end_read(struct vm_area_struct *vma);
void vmalock_tcp_env_mmap_read_lock(void);
void vmalock_tcp_env_mmap_read_unlock(void);
struct vm_area_struct *vmalock_tcp_env_vma_lookup(unsigned long address);
bool vmalock_tcp_env_vma_is_of(struct vm_area_struct *vma,
			       struct vmalock_tcp_file *file);
unsigned long vmalock_tcp_env_vma_end(struct vm_area_struct *vma);
void vmalock_tcp_env_zap(struct vm_area_struct *vma, unsigned long address,
			 unsigned long bytes);
enum vmalock_tcp_status
vmalock_tcp_env_insert_pages(struct vm_area_struct *vma, unsigned long address,
			     struct page **pages, unsigned long *left);

extern const unsigned long vmalock_tcp_stream_size;

enum vmalock_tcp_refusal
vmalock_tcp_check_feed(const union vmalock_tcp_call *call);
enum vmalock_tcp_refusal
vmalock_tcp_check_receive(const union vmalock_tcp_call *call);
enum vmalock_tcp_refusal
vmalock_tcp_check_mode(const union vmalock_tcp_call *call);
enum vmalock_tcp_refusal
vmalock_tcp_check_fail(const union vmalock_tcp_call *call);

void vmalock_tcp_run_feed(struct vmalock_tcp_stream *stream,
			  struct vmalock_tcp_file *file,
			  union vmalock_tcp_call *call);
void vmalock_tcp_run_receive(struct vmalock_tcp_stream *stream,
			     struct vmalock_tcp_file *file,
			     union vmalock_tcp_call *call);
void vmalock_tcp_run_mode(struct vmalock_tcp_stream *stream,
			  struct vmalock_tcp_file *file,
			  union vmalock_tcp_call *call);
void vmalock_tcp_run_stats(struct vmalock_tcp_stream *stream,
			   struct vmalock_tcp_file *file,
			   union vmalock_tcp_call *call);
/* The file is gone, so there is nobody left to lock out. */
void vmalock_tcp_drop(struct vmalock_tcp_stream *stream,
		      struct vmalock_tcp_file *file);

#ifdef __cplusplus
}
#endif

#endif /* VMALOCK_CALLERS_TCP_ENVIRONMENT_H */
