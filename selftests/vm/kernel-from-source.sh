# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# kernel-from-source.sh - a kernel that Debian does not build, from the source
# that it does: config/ARCH.config, and config/ROLE.config and
# patches/ROLE.patch if there are any. Read by `kernel`.

arch=${flavour#source-}
configs=("$vm_dir/config/$arch.config")
[ ! -e "$vm_dir/config/$role.config" ] || configs+=("$vm_dir/config/$role.config")
patches=()
[ ! -e "$vm_dir/patches/$role.patch" ] || patches=("$vm_dir/patches/$role.patch")

# The version is a part of the packages' words, so that a new one is a new
# recipe though the package's name stays.
newest() {
	local name version
	read -r name version < <(packages_named linux-source- |
		grep '^linux-source-[0-9.]* ' | sort -Vr | head -n 1) || return 1
	printf '%s-vmalock-%s %s=%s\n' "${version%%-*}" "$role" "$name" "$version"
}

recipe() {
	printf '%s\n' "$vm_dir/kernel-from-source.sh" "$vm_dir/build-kernel" \
		"${configs[@]}" "${patches[@]}" \
		"$(grep -A 8 -x 'Package: gcc-14' "$root/tree/var/lib/dpkg/status" | grep Version)"
}

# Building takes minutes, so its result is kept apart from what is made of it.
unpack() {
	local work parts
	mapfile -t parts < <(recipe)
	built=$cache/built-$release-$(recipe_key "$packages" "${parts[@]}")
	if [ ! -e "$built" ]; then
		need_space "$cache" 9000 "building the '$role' kernel"
		# shellcheck disable=SC2086  # several packages
		download $packages
		rm -rf "$built.partial"
		trap 'rm -rf "$partial" "$built.partial"' EXIT
		work=$built.partial/work
		mkdir -p "$work"
		# shellcheck disable=SC2086
		extract $packages "$work"
		cat "${configs[@]}" > "$work/all.config"
		cat /dev/null "${patches[@]}" > "$work/patch"
		with_progress "building $release (5 to 15 minutes, once)" "$log" \
			"$vm_dir/in-root" --bind "$built.partial" /kernel --bind "$vm_dir" /rig -- \
			/rig/build-kernel "$arch" "$release" ||
			die "cannot build $release, see $log: $(grep -m 1 -E 'error|FAILED' "$log" || tail -n 1 "$log")"
		rm -rf "$work"
		mv "$built.partial" "$built"
	fi
	cp -al "$built/." "$partial"
	case $arch in um) echo um ;; *) echo x86 ;; esac > "$partial/arch"
}
