# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# boot-qemu.sh - the guest in QEMU. Read by `run`, whose variables it uses.

disk() {
	arguments+=(-drive "if=none,id=$1,file=$2,format=raw,readonly=on"
		-device "virtio-blk-pci,drive=$1,serial=$1")
}
port() {
	arguments+=(-chardev "$2" -device "virtserialport,chardev=$1,name=vmalock.$1")
}

boot() {
	local serial=ttyS0
	[ "$arch" != arm64 ] || serial=ttyAMA0
	local parameters="console=$serial panic=-1 quiet loglevel=4 $append"
	local arguments=(-m "$mem" -no-reboot -kernel "$kernel/vmlinuz" -initrd "$kernel/initramfs"
		-device virtio-rng-pci -device virtio-serial-pci)
	disk base "$root/ext4"
	disk kernel "$kernel/ext4"
	disk command "$work/command"
	if [ -n "$bare" ]; then parameters+=" vmalock.bare"; else disk project "$project"; fi
	if [ -n "$share" ]; then
		"$vm_dir/layer" "$share" "$work/share"
		disk share "$work/share"
		parameters+=" vmalock.share"
	fi
	port status "file,id=status,path=$work/status"
	if [ -n "$shell" ]; then
		parameters+=" vmalock.shell"
		arguments+=(-chardev "stdio,id=console,signal=off,logfile=$console" -serial chardev:console)
		saved=$(stty -g) && stty raw -echo isig intr undef
	else
		arguments+=(-serial "file:$console" -add-fd fd=3,set=1 -add-fd fd=4,set=2)
		port output "file,id=output,path=/dev/fdset/1,append=on"
		port error "file,id=error,path=/dev/fdset/2,append=on"
	fi
	if [ -n "$icount" ]; then
		parameters+=" vmalock.icount"
		arguments+=(-accel tcg,thread=single -icount shift=0 -cpu max -smp 1)
	else
		# shellcheck disable=SC2207  # several words
		arguments+=($(accelerated_by "$accel") -smp "$smp")
	fi
	arguments+=(-append "$parameters")
	setpriv --pdeathsig KILL "$vm_dir/qemu" "$arch" "${arguments[@]}" <&0 3>&1 4>&2 &
	guest_pid=$!
}
