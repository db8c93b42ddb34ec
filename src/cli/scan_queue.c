/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_queue.h"

#include "base/heap.h"

struct scan_input *scan_queue_input(struct str path)
{
    struct scan_input *input = heap_zalloc(1, sizeof(*input));
    char *copy = heap_alloc(path.n);
    memcpy(copy, path.p, path.n);
    input->path = (struct str){copy, path.n};
    input->fd = -1;
    return input;
}

void scan_queue_input_free(struct scan_input *input)
{
    if (input == NULL) {
        return;
    }
    char *path = (char *)(uintptr_t)input->path.p;
    heap_free(path);
    buf_free(&input->fault);
    heap_free(input);
}

/* Behind `before`, or at the end. */
static struct scan_unit *insert(struct scan_queue *q, struct scan_unit *before,
                                struct scan_input *input, const struct scan_task *task)
{
    struct scan_unit *unit = heap_zalloc(1, sizeof(*unit));
    unit->input = input;
    unit->task = *task;
    unit->task.id = ++q->next_id;
    unit->task.path = input->path;
    before = before == NULL ? q->tail : before;
    if (before == NULL) {
        q->head = unit;
    } else {
        unit->next = before->next;
        before->next = unit;
    }
    if (q->tail == before) {
        q->tail = unit;
    }
    input->tasks++;
    q->count++;
    q->waiting++;
    return unit;
}

struct scan_unit *scan_queue_add(struct scan_queue *q, struct scan_input *input,
                                 const struct scan_task *task)
{
    struct scan_unit *unit = insert(q, NULL, input, task);
    if (input->fd < 0) {
        unit->state = SCAN_FINISHED;
        q->waiting--;
    }
    return unit;
}

/* The part from `start` on, with the parts after it still to come. */
static struct scan_unit *insert_part(struct scan_queue *q, struct scan_unit *before,
                                     uint64_t start)
{
    struct scan_task part = before->task;
    uint64_t left = part.size - start;
    part.split_at = 0;
    part.hash = false;
    part.start = start;
    part.end = left > SCAN_PART_BYTES ? start + SCAN_PART_BYTES : part.size;
    struct scan_unit *unit = insert(q, before, before->input, &part);
    unit->rest = part.end < part.size;
    return unit;
}

void scan_queue_split(struct scan_queue *q, struct scan_unit *unit, enum format format)
{
    struct scan_task *task = &unit->task;
    unit->input->split = true;
    task->format = format;
    task->end = task->split_at;
    struct scan_unit *next = insert_part(q, unit, task->end);
    if (task->hash) {
        struct scan_task whole = *task;
        whole.kind = SCAN_TASK_HASH;
        whole.end = task->size;
        whole.split_at = 0;
        insert(q, next, unit->input, &whole);
    }
}

struct scan_unit *scan_queue_waiting(const struct scan_queue *q)
{
    if (q->waiting == 0) {
        return NULL;
    }
    struct scan_unit *unit = q->head;
    while (unit->state != SCAN_WAITING) {
        unit = unit->next;
        check(unit != NULL);
    }
    return unit == q->head || q->count < SCAN_QUEUE_TASKS ? unit : NULL;
}

void scan_queue_start(struct scan_queue *q, struct scan_unit *unit)
{
    check(unit->state == SCAN_WAITING);
    unit->state = SCAN_RUNNING;
    q->waiting--;
    if (unit->rest) {
        unit->rest = false;
        insert_part(q, unit, unit->task.end);
    }
}

void scan_queue_keep(struct scan_queue *q, struct scan_unit *unit, struct bytes frame)
{
    size_t before = unit->answer.n;
    buf_lstr(&unit->answer, str_bytes(frame));
    q->answer_bytes += unit->answer.n - before;
}

void scan_queue_drop_answer(struct scan_queue *q, struct scan_unit *unit)
{
    q->answer_bytes -= unit->answer.n;
    buf_free(&unit->answer);
}

void scan_queue_pop(struct scan_queue *q)
{
    struct scan_unit *unit = q->head;
    check(unit != NULL);
    scan_queue_drop_answer(q, unit);
    q->head = unit->next;
    if (q->head == NULL) {
        q->tail = NULL;
    }
    q->count--;
    q->waiting -= unit->state == SCAN_WAITING;
    unit->input->tasks--;
    heap_free(unit);
}
