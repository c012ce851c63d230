/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * version.h - the version of all of vmalock, here and nowhere else. The module
 * and the tool include it, the Makefile reads it for DKMS.
 */
#ifndef VMALOCK_VERSION_H
#define VMALOCK_VERSION_H

#define VMALOCK_VERSION "0.1"

#endif /* VMALOCK_VERSION_H */
