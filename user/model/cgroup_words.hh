// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What people call a cgroup. Pure.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vmalock {

/**
 * The container or pod if the path shows one, as "docker 3f2a91bc04d1" or "pod 1b2c3d4e
 * container 9af01234", with the cgroups below it; otherwise the path. Whoever may make
 * cgroups can make one that looks like another's container.
 * @param path empty if it is not known
 */
std::string cgroup_in_words(std::uint64_t id, std::string_view path);

} // namespace vmalock
