/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The YAML that people write for the stage of incidents: a playbook, or the history. */
#include "incident/playbook.h"
#include "incident/recurrence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct playbooks *p = playbook_open();
    struct history *h = recurrence_open();
    struct diag d = diag_open();
    struct str text = str_bytes((struct bytes){data, size});
    struct rc rc = playbook_load(p, STR("x"), text, &d);
    check(!rc_failed(rc) || d.count > 0 || size > PLAYBOOK_CAP_BYTES);
    size_t before = d.count;
    rc = recurrence_load(h, STR("x"), text, &d);
    check(!rc_failed(rc) || d.count > before || size > RECURRENCE_CAP_BYTES);
    for (size_t i = 0; i < recurrence_count(h); i++) {
        check(recurrence_at(h, i)->name.n > 0 && walltime_known(recurrence_at(h, i)->date));
    }
    diag_close(&d);
    recurrence_close(h);
    playbook_close(p);
    return 0;
}
