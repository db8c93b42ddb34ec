/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attr - compiler attributes and the assertion that stays on.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef NDEBUG
#error "check() is part of the product: do not build with NDEBUG"
#endif

#define MUST_USE               __attribute__((warn_unused_result))
#define NORETURN               __attribute__((noreturn))
#define UNUSED                 __attribute__((unused))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
/* gcc's analyzer pairs an allocator with what frees; clang 14 does not know how. */
#ifdef __clang__
#define ALLOCATES(free) __attribute__((malloc, returns_nonnull))
#else
#define ALLOCATES(free) __attribute__((malloc, malloc(free, 1), returns_nonnull))
#endif

/* Is this a build with AddressSanitizer? gcc and clang say it in different ways. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define LIKELY(x)       __builtin_expect(!!(x), 1)
#define UNLIKELY(x)     __builtin_expect(!!(x), 0)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A broken invariant is a bug: say where, abort, let the supervisor restart. */
#define check(cond) (LIKELY(cond) ? (void)0 : attr_check_failed(#cond, __FILE__, __LINE__))

NORETURN void attr_check_failed(const char *cond, const char *file, int line);

#endif
