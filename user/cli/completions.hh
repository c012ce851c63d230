// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Programs that complete command lines of ours, each for one shell.
 */
#pragma once

#include <string>

#include "cli/offers.hh"

namespace vmalock {

/** For bash 4.3 or newer with bash-completion. */
std::string bash_completion(const offered_command &vmalock);

/** For zsh 5, sourced or as a function in $fpath. */
std::string zsh_completion(const offered_command &vmalock);

/** For fish 3.4 or newer. */
std::string fish_completion(const offered_command &vmalock);

} // namespace vmalock
