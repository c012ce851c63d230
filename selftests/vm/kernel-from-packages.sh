# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# kernel-from-packages.sh - a kernel as Debian built it. Read by `kernel`.

# The newest release of the suite for which there are headers and an image; of
# image-VERSION-FLAVOUR an image alone. Since 7.x the image is linux-binary (signed, or
# for a while only unsigned) with its modules apart; before, linux-image holds both.
newest() {
	local names release image
	names=$(packages_named linux- | cut -d' ' -f1 | sort -u)
	if [[ $flavour =~ ^image-([0-9.]+)-(.*) ]]; then
		release=$(sed -n "s/^linux-image-\(${BASH_REMATCH[1]}\.[0-9].*-${BASH_REMATCH[2]}\)\$/\1/p" <<< "$names" |
			sort -V | tail -n 1)
		[ -n "$release" ] && printf '%s linux-image-%s\n' "$release" "$release"
		return
	fi
	while read -r release; do
		for image in "linux-binary-$release linux-modules-$release" \
			"linux-binary-unsigned-$release linux-modules-$release" \
			"linux-image-$release" "linux-image-$release-unsigned"; do
			grep -qx "${image%% *}" <<< "$names" || continue
			printf '%s %s linux-headers-%s\n' "$release" "$image" "$release"
			return
		done
	done < <(sed -n "s/^linux-headers-\([0-9][^-]*\(-[0-9]*\)\?-$flavour\)\$/\1/p" <<< "$names" | sort -Vr)
	return 1
}

recipe() {
	printf '%s\n' "$vm_dir/kernel-from-packages.sh"
}

unpack() {
	local image
	need_space "$cache" 1500 "the '$role' kernel"
	# shellcheck disable=SC2086  # several packages
	download $packages
	# shellcheck disable=SC2086
	extract $packages "$partial/tree"
	image=$(find "$partial/tree" -name 'vmlinuz*' -type f | sort | head -n 1)
	[ -n "$image" ] || die "the packages of $release hold no kernel image: $packages"
	mv "$image" "$partial/vmlinuz"
	rm -rf "$partial/tree/boot"
	# Before /usr was merged, packages had a /lib, which would hide the root's.
	if [ -d "$partial/tree/lib" ]; then
		cp -a "$partial/tree/lib" "$partial/tree/usr/"
		rm -rf "$partial/tree/lib"
	fi
	echo x86 > "$partial/arch"
}
