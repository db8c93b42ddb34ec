/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test - cmocka with the headers it needs, and assertions on our own types.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above, which it needs */
#include <cmocka.h>

#include "base/rc.h"
#include "base/str.h"

#define assert_ok(expr)           assert_int_equal((expr).code, ERR_NONE)
#define assert_fails(expr, error) assert_int_equal((expr).code, ERR_##error)
#define assert_str(got, want)     test_assert_str((got), STR(want), __FILE__, __LINE__)

static inline void test_assert_str(struct str got, struct str want, const char *file, int line)
{
    if (!str_eq(got, want)) {
        print_error("got  \"%.*s\"\nwant \"%.*s\"\n", (int)got.n, got.p, (int)want.n, want.p);
        _assert_true(0, "strings are equal", file, line);
    }
}

#endif
