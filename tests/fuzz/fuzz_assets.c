/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A register: refused as a whole, or each asset has what effects need. */
#include "effect/register.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assets *r = register_open();
    struct diag d = diag_open();
    struct str text = str_bytes((struct bytes){data, size});
    struct rc rc = register_load(r, STR("x"), text, &d);
    check(rc_failed(rc) ? register_count(r) == 0 : d.count == 0);
    for (size_t i = 0; i < register_count(r); i++) {
        const struct asset *a = register_at(r, i);
        check(a->id.n > 0 && a->name_en.n > 0 && (a->path.n > 0 || a->host.n > 0));
        check(a->path.n == 0 || register_holds(a, a->path, a->host));
        (void)register_holds(a, text, text);
    }
    diag_close(&d);
    register_close(r);
    return 0;
}
