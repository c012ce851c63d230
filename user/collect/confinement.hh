// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What a process gives up that reads what anybody may have made.
 */
#pragma once

namespace vmalock {

/**
 * Nobody's process, named @p name: with no privileges, and no file open but @p kept. The
 * terminal's signals do not reach it, and it ends with the thread that made it.
 * @throw std::runtime_error if the kernel refuses
 */
void become_nobody(const char *name, int kept);

/**
 * From now on this thread, and what it makes, opens files only to read, whoever it is: it
 * makes, removes and executes none, connects to no TCP port, and looks into no other process
 * by what takes the right to trace it. What is open stays so. No effect where the kernel has
 * no Landlock.
 * @throw std::runtime_error if the kernel has it and refuses it.
 */
void open_only_to_read();

/**
 * The same, of a whole process that has one thread: as nobody, without privileges but to
 * read what belongs to others.
 * @throw std::runtime_error if the kernel refuses
 */
void be_a_reader();

/**
 * From now on this process can use memory, read files and messages, answer, and end. Any
 * other system call fails with EPERM. No effect where the kernel or the architecture has
 * no filters.
 * @throw std::runtime_error if the kernel refuses
 */
void read_only();

} // namespace vmalock
