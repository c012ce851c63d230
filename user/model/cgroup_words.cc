// SPDX-License-Identifier: GPL-2.0-only
#include "model/cgroup_words.hh"

#include <algorithm>
#include <optional>
#include <vector>

namespace vmalock {

namespace {

using segments = std::vector<std::string_view>;

segments split(std::string_view path)
{
	segments result;

	while (!path.empty()) {
		const std::size_t end = std::min(path.find('/', 1), path.size());

		result.push_back(path.substr(1, end - 1));
		path.remove_prefix(end);
	}
	return result;
}

bool is_hexadecimal(std::string_view text)
{
	return std::ranges::all_of(text, [](char c) {
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
	});
}

/** What stands between the two, if there is something. */
std::optional<std::string_view> between(std::string_view text, std::string_view begin, std::string_view end)
{
	if (text.size() <= begin.size() + end.size() || !text.starts_with(begin) || !text.ends_with(end))
		return std::nullopt;
	text.remove_prefix(begin.size());
	text.remove_suffix(end.size());
	return text;
}

/** The id of a container: 64 digits. */
std::optional<std::string_view> container_id(std::string_view text, std::string_view begin = "",
					     std::string_view end = "")
{
	const auto id = between(text, begin, end);

	return id && id->size() == 64 && is_hexadecimal(*id) ? id : std::nullopt;
}

/** The uid of a pod, which systemd's driver writes with '_' for '-', and static pods without. */
bool is_pod_uid(std::string_view text)
{
	if (text.size() == 32)
		return is_hexadecimal(text);
	if (text.size() != 36)
		return false;
	for (std::size_t at : {8, 13, 18, 23})
		if (text[at] != '-' && text[at] != '_')
			return false;
	return is_hexadecimal(text.substr(0, 8)) && is_hexadecimal(text.substr(9, 4)) &&
	       is_hexadecimal(text.substr(14, 4)) && is_hexadecimal(text.substr(19, 4)) &&
	       is_hexadecimal(text.substr(24));
}

/** As "pod 1b2c3d4e", if it is one below the kubelet's cgroup. */
std::optional<std::string> pod_at(const segments &path, std::size_t at)
{
	auto is_kubelets = [](std::string_view segment) {
		return segment == "kubepods" || segment == "kubepods.slice" ||
		       segment.ends_with("-kubepods.slice");
	};
	std::string_view uid = path[at];

	if (std::none_of(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(at), is_kubelets))
		return std::nullopt;
	if (uid.ends_with(".slice")) {
		uid.remove_suffix(6);
		uid.remove_prefix(std::min(uid.size(), uid.rfind("-pod") + 1));
	}
	if (!uid.starts_with("pod") || !is_pod_uid(uid.substr(3)))
		return std::nullopt;
	return "pod " + std::string(uid.substr(3, 8));
}

/** With what systemd wrote as \x2d in the place of '-'. */
std::string unescaped(std::string_view text)
{
	constexpr std::string_view dash = "\\x2d";
	std::string result(text);

	for (std::size_t at = 0; (at = result.find(dash, at)) != result.npos; at++)
		result.replace(at, dash.size(), "-");
	return result;
}

std::optional<std::string> container_at(const segments &path, std::size_t at)
{
	struct scope {
		std::string_view begin, words;
	};
	static constexpr scope scopes[] = {
		{"docker-", "docker "}, {"libpod-", "podman "}, {"crio-", "cri-o "}, {"cri-containerd-", "containerd "}};
	const std::string_view segment = path[at], above = at ? path[at - 1] : "";
	const auto pod = at ? pod_at(path, at - 1) : std::nullopt;
	auto in_pod = [&](std::string_view id) { return *pod + " container " + std::string(id.substr(0, 8)); };

	for (const scope &scope : scopes)
		if (const auto id = container_id(segment, scope.begin, ".scope"))
			return pod ? in_pod(*id) : std::string(scope.words) + std::string(id->substr(0, 12));
	if (const auto id = container_id(segment)) {
		if (pod)
			return in_pod(*id);
		if (above == "docker")
			return "docker " + std::string(id->substr(0, 12));
	}
	if (const auto name = between(segment, "lxc.payload.", ""))
		return "lxc " + std::string(*name);
	if (above == "machine.slice") {
		if (const auto name = between(segment, "systemd-nspawn@", ".service"))
			return "machine " + unescaped(*name);
		if (const auto name = between(segment, "machine-", ".scope"))
			return "machine " + unescaped(*name);
	}
	return pod_at(path, at);
}

} // namespace

std::string cgroup_in_words(std::uint64_t id, std::string_view path)
{
	if (path.empty())
		return "cgroup " + std::to_string(id) + " (name not known)";
	const segments all = split(path);

	for (std::size_t at = all.size(); at-- > 0;)
		if (auto words = container_at(all, at)) {
			for (std::size_t below = at + 1; below < all.size(); below++)
				*words += "/" + std::string(all[below]);
			return *words;
		}
	return std::string(path);
}

} // namespace vmalock
