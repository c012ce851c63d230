# SPDX-License-Identifier: GPL-2.0-only
"""
What functions of the kernel say of a task that sleeps in them. These tables are those of
user/model, where the sources of their rules stand; selftests/host/drgn compares them.

A pattern is the name of a function that is in no module, the beginning of many with a *
behind it, or a module in [].
"""

PAGE_FAULT = "page fault"
HELPER = "vmalock helper"

# ---- kernel_functions.cc

# Where VMA locks are taken, and by what kind of code.
takers = (
    ("do_user_addr_fault", PAGE_FAULT),
    ("exc_page_fault", PAGE_FAULT),
    ("do_page_fault", PAGE_FAULT),
    ("handle_mm_fault", PAGE_FAULT),
    ("find_tcp_vma", "tcp zerocopy"),
    ("tcp_zerocopy_receive", "tcp zerocopy"),
    ("do_tcp_getsockopt", "tcp zerocopy"),
    ("try_vma_read_lock", "madvise"),
    ("madvise_*", "madvise"),
    ("do_madvise", "madvise"),
    ("uffd_*", "userfaultfd"),
    ("mfill_*", "userfaultfd"),
    ("move_pages", "userfaultfd"),
    ("damon_va_*", "damon"),
    ("damos_va_*", "damon"),
    ("binder_*", "binder"),
    ("[binder_linux]", "binder"),
    ("[rust_binder]", "binder"),
    ("bpf_iter_task_vma_*", "bpf"),
    ("stack_map_*", "bpf"),
    ("m_start", "proc maps"),
    ("m_next", "proc maps"),
    ("show_map*", "proc maps"),
    ("show_smap", "proc maps"),
    ("show_numa_map", "proc maps"),
    ("do_procmap_query", "proc maps"),
    ("[vmalock]", HELPER),
)

# How a task waits, wakes or was traced, and not what for.
plumbing = (
    "bpf_prog_*", "bpf_trampoline_*", "bpf_trace_run*", "__bpf_trace_*", "__bpf_prog_*",
    "__traceiter_*", "ftrace_*", "fprobe_*", "kprobe_multi_*", "kprobe_ftrace_*", "rethook_*",
    "arch_rethook_*", "return_to_handler", "[bpf]", "[__builtin__ftrace]", "[__builtin__kprobes]",
    "schedule", "schedule_timeout*", "schedule_hrtimeout*", "schedule_preempt_disabled",
    "schedule_rtlock*", "__schedule*", "io_schedule*", "preempt_schedule*", "__cond_resched*",
    "irqentry_exit*", "raw_irqentry_exit*", "sysvec_*", "asm_sysvec_*", "common_interrupt",
    "asm_common_interrupt", "wake_up_*", "__wake_up_*", "try_to_wake_up", "default_wake_function",
    "autoremove_wake_function",
    "rcuwait_*", "wait_for_completion*", "wait_for_common*", "__wait_for_common*",
    "do_wait_for_common*", "__wait_on_bit*", "out_of_line_wait_on_bit*", "bit_wait*", "msleep*",
    "usleep_range*",
    "down_read*", "down_write*", "__down_read*", "__down_write*", "up_read*", "up_write*",
    "__up_read*", "__up_write*", "downgrade_write", "__downgrade_write", "rwsem_*", "rwbase_*",
    "__rwbase_*", "rt_mutex_*", "__rt_mutex_*", "rtlock_*", "mutex_lock*", "__mutex_lock*",
    "mutex_unlock", "__mutex_unlock*", "percpu_rwsem_*", "percpu_down_*", "__percpu_down_*",
    "percpu_up_*", "__percpu_up_*",
    "mmap_read_*", "mmap_write_*", "__mmap_lock_*", "vma_end_write_all",
    "lock_vma_under_rcu", "lock_next_vma", "vma_start_read*", "vma_end_read", "vma_refcount_put",
    "vma_start_write*", "__vma_start_write*", "__vma_start_exclude_readers",
    "__vma_end_exclude_readers", "__vma_exclude_readers_for_detach", "__vma_enter_locked",
    "__vma_exit_locked", "vma_mark_detached",
    "[vmalock]",
)

user_faults = ("do_user_addr_fault", "exc_page_fault", "do_page_fault")

# ---- judgement.cc: beginnings of names where there is no *

# A page fault sleeps in them after it has let go of the VMA lock.
after_letting_go = (
    ("handle_userfault", "userfaultfd"),
    ("__folio_lock_or_retry", "page lock"),
    ("balance_dirty_pages", "writeback throttling"),
    ("shmem_falloc_wait", "hole punch"),
)

# What filemap_fault() calls when it has let go.
file_io = (
    "page_cache_*", "ondemand_readahead*", "force_page_cache_*", "do_sync_mmap_readahead*",
    "do_async_mmap_readahead*", "filemap_read_folio", "read_pages", "__folio_lock*",
    "folio_wait_bit_common", "folio_wait_locked*",
)

# Where a system call that takes VMA locks sleeps without one.
outside_vma_lock = (
    "vfs_fadvise", "generic_fadvise", "vfs_fallocate", "madvise_collapse", "collapse_file",
    "__lock_sock",
)

# Where binder has a VMA lock, by what the names of functions have in them.
binder_pages = (
    "binder_page_lookup", "binder_install_", "binder_alloc_", "binder_get_user_page",
    "use_page", "shrink_free_page",
)

# Modules that are file systems.
file_systems = (
    "9p", "afs", "bcachefs", "btrfs", "ceph", "cifs", "coda", "ecryptfs", "erofs", "exfat",
    "ext2", "ext4", "f2fs", "fat", "fuse", "gfs2", "hfs", "hfsplus", "isofs", "jffs2", "jfs",
    "minix", "nfs", "nilfs2", "ntfs3", "ocfs2", "orangefs", "overlay", "romfs", "squashfs",
    "ubifs", "udf", "ufs", "virtiofs", "xfs", "zonefs",
)

# ---- mmap_lock_readers.cc

# Who has mmap_lock to read, and whose if not its own; True: newer kernels lock a VMA instead.
readers = (
    ("show_smaps_rollup", "smaps_rollup", "another"),
    ("pagemap_pmd_range", "pagemap", "another"),
    ("pagemap_hugetlb_range", "pagemap", "another"),
    ("pagemap_pte_hole", "pagemap", "another"),
    ("pagemap_scan_pmd*", "pagemap", "another"),
    ("show_numa_map", "numa_maps", "another", True),
    ("show_smap", "smaps", "another", True),
    ("m_start", "maps", "another", True),
    ("m_next", "maps", "another", True),
    ("show_map*", "maps", "another", True),
    ("__access_remote_vm", "access to its memory", "another"),
    ("process_vm_rw*", "process_vm_readv", "another"),
    ("do_mincore", "mincore"),
    ("mincore_*", "mincore"),
    ("hpage_collapse_scan_*", "khugepaged", "any"),
    ("scan_get_next_rmap_item", "ksmd", "any"),
    ("task_numa_work", "NUMA balancing"),
    ("unuse_mm", "swapoff", "any"),
    ("__mm_populate", "mlock or MAP_POPULATE"),
    ("madvise_cold*", "madvise", "any"),
    ("madvise_pageout*", "madvise", "any"),
    ("madvise_*", "madvise", "any", True),
    ("do_madvise", "madvise", "any", True),
    ("vms_complete_munmap_vmas", "munmap, downgraded"),
    ("do_vmi_align_munmap*", "munmap, downgraded"),
    ("__get_user_pages*", "get_user_pages", "any"),
    ("__gup_longterm_locked", "get_user_pages", "any"),
    ("handle_mm_fault", PAGE_FAULT),
)

# Where they sleep without it.
without_it = (
    "filemap_fault", "shmem_falloc_wait", "__folio_lock_or_retry", "handle_userfault",
    "balance_dirty_pages*", "ttm_bo_vm_*", "[ttm]", "copy_page_to_iter*", "copy_page_from_iter*",
    "migrate_pages*", "lru_cache_disable", "__lru_add_drain_all", "lru_add_drain_all",
    "check_and_migrate_movable_*", "migrate_longterm_unpinnable_*", "unpin_user_page*",
    "alloc_charge_folio", "cmp_and_merge_page", "vfs_fadvise", "generic_fadvise", "vfs_fallocate",
    "madvise_collapse", "collapse_file", "madvise_inject_error", "soft_offline_*",
)

# ---- sleep_places.cc: beginnings of names

limited_cgroup = "Its cgroup is at its limit: raise memory.high or memory.max, or use less."
slow_disk = "Look at the disk: iostat -x 1, /proc/pressure/io."
memory_is_short = "Memory is short: look at /proc/pressure/memory."
fuse_server = "Look at the process that serves the FUSE file system."
nfs_server = "Look at the NFS server and the way to it."
uffd_server = "Look at the process that handles the userfaultfd."

# Why a task sleeps, and what to do about it. The most telling first.
places = (
    ("try_to_free_mem_cgroup_pages", "reclaim of its cgroup", limited_cgroup),
    ("mem_cgroup_handle_over_high", "throttled by its cgroup", limited_cgroup),
    ("__mem_cgroup_handle_over_high", "throttled by its cgroup", limited_cgroup),
    ("try_to_free_pages", "reclaim", memory_is_short),
    ("try_to_compact_pages", "compaction", memory_is_short),
    ("handle_userfault", "userfaultfd", uffd_server),
    ("do_swap_page", "swap-in", memory_is_short),
    ("shmem_swapin", "swap-in", memory_is_short),
    ("hugetlb_", "hugetlb"),
    ("do_huge_pmd", "huge page"),
    ("migration_entry_wait", "page migration"),
    ("softleaf_entry_wait", "page migration"),
    ("request_wait_answer", "FUSE", fuse_server),
    ("fuse_", "FUSE", fuse_server),
    ("rpc_wait_bit_killable", "NFS", nfs_server),
    ("nfs_", "NFS", nfs_server),
    ("jbd2_", "journal", slow_disk),
    ("start_this_handle", "journal", slow_disk),
    ("wait_transaction_", "journal", slow_disk),
    ("xlog_", "journal", slow_disk),
    ("balance_dirty_pages", "writeback throttling", slow_disk),
    ("folio_wait_writeback", "writeback", slow_disk),
    ("folio_wait_stable", "writeback", slow_disk),
    ("do_page_mkwrite", "page_mkwrite"),
    ("__filemap_get_folio", "page cache"),
    ("__folio_lock", "page lock", slow_disk),
    ("folio_wait_bit", "a page", slow_disk),
    ("io_schedule", "I/O", slow_disk),
    ("synchronize_rcu", "an RCU grace period"),
    ("__wait_rcu_gp", "an RCU grace period"),
    ("synchronize_srcu", "an SRCU grace period"),
    ("__vma_start_", "readers of the mapping"),
    ("__vma_enter_locked", "readers of the mapping"),
    ("__vma_exclude_readers", "readers of the mapping"),
    ("__mutex_lock", "a mutex"),
    ("rwsem_down_", "a semaphore"),
)
frozen = ("frozen file system", "Thaw the file system: fsfreeze --unfreeze MOUNTPOINT.")
