// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers by the paths of their cgroups, and paths that only look like one.
 */
#include "model/cgroup_words.hh"

#include <gtest/gtest.h>
#include <vector>

namespace vmalock::test {
namespace {

const std::string id = "9af01234567890abcdef9af01234567890abcdef9af01234567890abcdef0123";
const std::string uid = "1b2c3d4e-0f1a-4b5c-8d9e-000102030405", uid_in_unit = "1b2c3d4e_0f1a_4b5c_8d9e_000102030405";

std::string words(const std::string &path)
{
	return cgroup_in_words(7, path);
}

TEST(cgroup_words, ContainersHaveTheNameTheirToolsShow)
{
	EXPECT_EQ(words("/system.slice/docker-" + id + ".scope"), "docker 9af012345678");
	EXPECT_EQ(words("/docker/" + id), "docker 9af012345678");
	EXPECT_EQ(words("/machine.slice/libpod-" + id + ".scope"), "podman 9af012345678");
	EXPECT_EQ(words("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope"),
		  "podman 9af012345678");
	EXPECT_EQ(words("/system.slice/crio-" + id + ".scope"), "cri-o 9af012345678");
	EXPECT_EQ(words("/system.slice/cri-containerd-" + id + ".scope"), "containerd 9af012345678");
	EXPECT_EQ(words("/lxc.payload.web"), "lxc web");
	EXPECT_EQ(words("/machine.slice/systemd-nspawn@db.service"), "machine db");
	EXPECT_EQ(words("/machine.slice/machine-qemu\\x2d1\\x2dweb.scope"), "machine qemu-1-web");
}

TEST(cgroup_words, PodsHaveTheirContainers)
{
	const std::string slice = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid_in_unit + ".slice";
	const std::string both = "pod 1b2c3d4e container 9af01234";

	for (const std::string scope : {"cri-containerd-", "crio-", "docker-"})
		EXPECT_EQ(words(slice + "/" + scope + id + ".scope"), both);
	EXPECT_EQ(both.size(), 31u) << "as wide as the column";
	EXPECT_EQ(words(slice), "pod 1b2c3d4e");
	EXPECT_EQ(words("/kubepods/besteffort/pod" + uid + "/" + id), both);
	EXPECT_EQ(words("/kubepods/pod" + uid + "/" + id), both) << "guaranteed";
	EXPECT_EQ(words("/kubepods/pod" + id.substr(0, 32)), "pod 9af01234") << "static";
	EXPECT_EQ(words("/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + uid_in_unit + ".slice"),
		  "pod 1b2c3d4e");
	EXPECT_EQ(words("/docker/" + id + "/kubelet/kubepods/pod" + uid + "/" + id), both) << "the innermost";
}

TEST(cgroup_words, WhatIsBelowAContainerIsToldApart)
{
	EXPECT_EQ(words("/system.slice/docker-" + id + ".scope/init.scope"), "docker 9af012345678/init.scope");
	EXPECT_EQ(words("/lxc.payload.web/system.slice/a.service"), "lxc web/system.slice/a.service");
}

TEST(cgroup_words, WhatOnlyLooksLikeAContainerIsAPath)
{
	const std::string capital = "A" + id.substr(1);

	const std::vector<std::string> paths = {
		"/", "/system.slice/docker.service",
		"/system.slice/docker-" + id.substr(1) + ".scope",		// a digit less
		"/system.slice/docker-" + id + "0.scope",			// a digit more
		"/system.slice/docker-" + capital + ".scope", "/system.slice/docker-" + id + ".slice",
		"/system.slice/xdocker-" + id + ".scope", "/system.slice/docker-.scope",
		"/system.slice/libpod-conmon-" + id + ".scope",		// what watches the container
		"/system.slice/crio-conmon-" + id + ".scope", "/lxc.monitor.web",
		"/" + id, "/docker/x/" + id, "/dockers/" + id,
		"/lxc.payload.", "/machine.slice/machine-.scope",
		"/system.slice/machine-a.scope", "/machine.slice",
		"/pods/pod" + uid, "/kubepods/pod" + uid.substr(1), "/kubepods/podcast",
		"/kubepods/pod1b2c3d4e-0f1a-4b5c-8d9e-00010203040g", "/xkubepods/pod" + uid + "/a",
		"/pod" + uid + "/kubepods", "/kubepods.slice/.slice", "//a//"};
	for (const std::string &path : paths)
		EXPECT_EQ(words(path), path);
	EXPECT_EQ(words(""), "cgroup 7 (name not known)");
}

} // namespace
} // namespace vmalock::test
