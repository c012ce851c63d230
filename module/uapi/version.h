/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * version.h - the version of all of vmalock, here and nowhere else. The module
 * and the tool include it, the Makefile reads it for DKMS.
 */
#ifndef VMALOCK_VERSION_H
#define VMALOCK_VERSION_H

#define VMALOCK_VERSION "0.1"

/* Of what crosses kernel, BPF and user space: all other headers here. */
#define VMALOCK_ABI_VERSION 2

#endif /* VMALOCK_VERSION_H */
