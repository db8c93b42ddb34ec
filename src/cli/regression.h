/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regression - tests of rules as SigmaHQ lays them out: an info.yml names rules by id, files of
 * events, and how many events of each must match.
 * src: SigmaHQ/sigma, regression_data/
 */
#ifndef CLI_REGRESSION_H
#define CLI_REGRESSION_H

#include "base/arena.h"
#include "base/buf.h"

enum {
    REGRESSION_MAX_INFO_BYTES = 1 << 20, /* a thousand times SigmaHQ's largest */
    REGRESSION_MAX_PER_INFO = 1000,      /* rules times files; SigmaHQ's have one or two */
    REGRESSION_MAX_TESTS = 1 << 18,      /* a hundred times what SigmaHQ has */
    REGRESSION_MAX_TEXT_BYTES = 256,     /* names, titles and ids are cut there */
};

enum regression_verdict { REGRESSION_OPEN, REGRESSION_PASS, REGRESSION_FAIL, REGRESSION_SKIP };

/*
 * One rule on one file. An info.yml at fault is a test too, one that failed: then file, and
 * maybe more, is empty. Texts are foreign, and owned by the regression.
 */
struct regression_test {
    struct str info; /* path of its info.yml */
    uint32_t line;   /* in it; 0: the file as a whole */
    struct str name, title;
    struct str rule;      /* id, lower case */
    struct str rule_path; /* set when the rule is known; borrowed from the rules */
    struct str file;
    bool twin;       /* file is not named in info.yml: it is the JSON beside an EVTX */
    bool stated;     /* info.yml has a number: wanted; else one match or more is wanted */
    uint64_t wanted; /* 0: none may match */
    uint64_t got;
    enum regression_verdict verdict;
    struct str reason; /* of FAIL and SKIP */
};

struct regression;

struct regression_opts {
    bool twins; /* add the JSON twins of EVTX files */
};

struct regression *regression_open(const struct regression_opts *opts);
void regression_close(struct regression *r);

/* Add the tests of every info.yml at or under path. What cannot be read is a test that failed.
 */
void regression_find(struct regression *r, const char *path);
/* Add the tests of one info.yml: its text, and its path to find files of events by. */
void regression_read(struct regression *r, struct str path, struct str text);

/* Borrowed until more are added or r is closed; verdicts are the caller's to set. */
struct regression_test *regression_tests(struct regression *r, size_t *out_count);
/* reason is copied. */
void regression_decide(struct regression *r, struct regression_test *t,
                       enum regression_verdict verdict, struct str reason);

#endif
