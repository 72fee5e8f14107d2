/*
 * glibc's feature-test header. Here every declaration is always visible, so nothing is chosen.
 */
#ifndef LIBC_FEATURES_H
#define LIBC_FEATURES_H
#endif
