/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool - what correlation remembers, in lanes: each lane keeps its newest items in the order
 * in which they came and forgets the oldest at its bounds, so that a flood in one lane takes
 * nothing from another. Items are named by a number that is never used again.
 */
#ifndef DETECT_CORRELATE_POOL_H
#define DETECT_CORRELATE_POOL_H

#include "base/attr.h"

struct pool;

struct pool_opts {
    uint32_t lanes;
    size_t lane_items, lane_bytes; /* bounds of each */
};

struct pool *pool_open(const struct pool_opts *opts);
void pool_close(struct pool *p);

/*
 * Add an item of `bytes`, one block of the heap, which the pool owns from now on; returns its
 * number. time_us is for pool_expire. The newest item of a lane always stays.
 */
uint64_t pool_add(struct pool *p, uint32_t lane, void *item, size_t bytes, int64_t time_us);
/* NULL: forgotten. Valid until the lane is added to or expired. */
void *pool_get(const struct pool *p, uint32_t lane, uint64_t number);
/* The item, if it is there, is of use from this time on, not from its own. */
void pool_touch(struct pool *p, uint32_t lane, uint64_t number, int64_t time_us);
/* The numbers that a lane holds: from *out_first on, below the returned one. */
uint64_t pool_span(const struct pool *p, uint32_t lane, uint64_t *out_first);
/* Forget items from the oldest on while they are older than that. */
void pool_expire(struct pool *p, uint32_t lane, int64_t before_us);
/* Items that were forgotten at a bound of their lane. */
uint64_t pool_evicted(const struct pool *p);

#endif
