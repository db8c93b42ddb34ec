/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include "base/escape.h"
#include "cli/style.h"

static const uint64_t interval_ns = (uint64_t)PROGRESS_INTERVAL_MS * 1000000;
static const char erase[] = "\r\033[K"; /* to the start of the line, then clear it */

enum { BAR_COLUMNS = 20, WIDTH_MIN = 20 };

struct progress progress_start(struct instant now, bool colour)
{
    return (struct progress){.start = now, .colour = colour};
}

static void put_bar(struct buf *out, uint64_t done, uint64_t total)
{
    double part = (double)done / (double)total;
    part = part > 1 ? 1 : part;
    unsigned full = (unsigned)(part * BAR_COLUMNS);
    buf_putc(out, '[');
    buf_fill(out, '#', full);
    buf_fill(out, '.', BAR_COLUMNS - full);
    buf_printf(out, "] %3u %%  ", (unsigned)(part * 100));
}

static void put_left(struct buf *out, const struct progress_state *s, uint64_t elapsed_ns)
{
    uint64_t left = s->total_bytes > s->done_bytes ? s->total_bytes - s->done_bytes : 0;
    double ns = (double)elapsed_ns * (double)left / (double)s->done_bytes;
    if (ns < 1e18) {
        style_duration(out, (uint64_t)ns);
        buf_puts(out, " left  ");
    }
}

static void put_findings(struct buf *out, const struct progress_state *s)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        all += s->findings[i];
    }
    style_count(out, all, "finding", "findings");
    const char *before = ": ";
    for (unsigned i = LEVEL_COUNT; i-- > LEVEL_HIGH;) {
        if (s->findings[i] != 0) {
            buf_puts(out, before);
            style_number(out, s->findings[i]);
            buf_putc(out, ' ');
            buf_put(out, level_name((enum level)i));
            before = ", ";
        }
    }
    buf_puts(out, "  ");
}

/* What is most wanted stands first: the line is cut at the width of the terminal. */
static void put_line(struct buf *out, const struct progress_state *s, uint64_t elapsed_ns)
{
    bool known = s->total_bytes != 0;
    if (known) {
        put_bar(out, s->done_bytes, s->total_bytes);
    }
    style_bytes(out, s->done_bytes);
    if (elapsed_ns >= interval_ns) {
        buf_puts(out, "  ");
        style_bytes(out, (uint64_t)((double)s->done_bytes * 1e9 / (double)elapsed_ns));
        buf_puts(out, "/s");
    }
    buf_puts(out, "  ");
    if (known && s->done_bytes != 0 && elapsed_ns >= 10 * interval_ns) {
        put_left(out, s, elapsed_ns);
    }
    put_findings(out, s);
}

void progress_draw(struct progress *p, const struct progress_state *state, unsigned width,
                   struct instant now, struct buf *out)
{
    if (p->shown && now.ns - p->drawn.ns < interval_ns) {
        return;
    }
    AUTO_BUF line = {0};
    size_t room = width < WIDTH_MIN ? WIDTH_MIN : width - 1; /* the last column would wrap */
    put_line(&line, state, now.ns - p->start.ns);
    size_t taken = line.n; /* all ASCII, all ours */
    buf_puts(out, erase);
    escape_columns(out, buf_str(&line), room);
    if (taken < room) {
        style_on(out, p->colour, STYLE_DIM);
        style_cell_end(out, state->path, room - taken);
        style_off(out, p->colour);
    }
    p->drawn = now;
    p->shown = true;
}

void progress_clear(struct progress *p, struct buf *out)
{
    if (p->shown) {
        buf_puts(out, erase);
        p->shown = false;
    }
}
