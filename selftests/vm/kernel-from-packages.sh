# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# kernel-from-packages.sh - a kernel as Debian built it. Read by `kernel`.

# The newest release of the suite for which there are headers and an image; of
# image-VERSION-FLAVOUR an image alone. Since 7.x the image is linux-binary (signed, or
# for a while only unsigned) with its modules apart; before, linux-image holds both.
newest() {
	local names release image kind=headers pattern="[0-9][^-]*\(-[0-9]*\)\?-$flavour"
	if [[ $flavour =~ ^image-([0-9.]+)-(.*) ]]; then
		kind=image pattern="${BASH_REMATCH[1]}\.[0-9][^-]*-${BASH_REMATCH[2]}"
	fi
	names=$(packages_named linux- | cut -d' ' -f1 | sort -u)
	while read -r release; do
		for image in "linux-binary-$release linux-modules-$release" \
			"linux-binary-unsigned-$release linux-modules-$release" \
			"linux-image-$release" "linux-image-$release-unsigned"; do
			grep -qx "${image%% *}" <<< "$names" || continue
			[ $kind = image ] || image+=" linux-headers-$release"
			printf '%s %s\n' "$release" "$image"
			return
		done
	done < <(sed -n "s/^linux-$kind-\($pattern\)\$/\1/p" <<< "$names" | sort -Vr)
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
	echo "$machine" > "$partial/arch"
}
