// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A VMA read lock that releases itself, for drivers with a C++ core. The core
 * sees no kernel header, so how to release is its environment's affair.
 */
#pragma once

namespace vmalock {

/**
 * A VMA that is read-locked as long as this lives, or nothing.
 *
 * `E` is the driver's environment: it has a type `vma`, and `vma_end_read(vma)`,
 * which calls the macro of that name in C. The lock is made from what one of
 * the locking calls returned, an ERR_PTR sorted out before:
 *
 *     vma_read_lock lock(env, env.vma_start_read_unlocked(mm, address));
 *     if (!lock)
 *         return ...;
 *     env.insert(lock.get(), ...);
 *
 * It cannot be copied, nor made and dropped in one expression, nor used for
 * another VMA: there is no way to keep the VMA and lose the lock, but get().
 */
template <class E>
class [[nodiscard]] vma_read_lock {
public:
	[[nodiscard]] vma_read_lock(E &env, typename E::vma *vma) : env_(env), vma_(vma) {}
	~vma_read_lock() { unlock(); }
	vma_read_lock(const vma_read_lock &) = delete;
	vma_read_lock &operator=(const vma_read_lock &) = delete;

	explicit operator bool() const { return vma_; }

	/** The VMA, as long as it is locked. */
	[[nodiscard]] typename E::vma *get() const { return vma_; }

	/** Release it before its time. */
	void unlock()
	{
		if (vma_)
			env_.vma_end_read(vma_);
		vma_ = nullptr;
	}

private:
	E &env_;
	typename E::vma *vma_;
};

} // namespace vmalock
