/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regression_run - scans the files of regression tests with the workers of a scan, counts the
 * matches of each rule on each file, and decides the tests.
 */
#ifndef CLI_REGRESSION_RUN_H
#define CLI_REGRESSION_RUN_H

#include "cli/regression.h"
#include "cli/scan_rules.h"

struct regression_run_opts {
    const struct scan_rules *rules;
    enum level level; /* tests of rules below it are skipped */
    bool exact;       /* more matches than stated are a failure too */
    unsigned jobs;
};

/*
 * regression_run - every test has a verdict afterwards.
 * fails  as scan_run: workers cannot be started; nothing was tested
 */
MUST_USE struct rc regression_run(struct regression *r, const struct regression_run_opts *opts);

#endif
