/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Three texts, parted by NUL: a journal, passwd, shadow. What is found lies in the text, and a
 * change and its undo give back the same bytes.
 */
#include "contain/account_journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(struct str shadow, const struct account_entry *entry)
{
    AUTO_BUF password = {0}, changed = {0}, back = {0};
    struct account_entry got;
    buf_puts(&password, ACCOUNT_LOCK);
    buf_put(&password, entry->password);
    const struct account_entry now = {buf_str(&password), STR(ACCOUNT_EXPIRE)};
    account_rewrite(&changed, shadow, entry, &now);
    check(account_find_entry(buf_str(&changed), STR("clerk"), &got) == ACCOUNT_FOUND);
    check(account_password_is_ours(&got, entry) && account_expire_is_ours(&got));
    account_rewrite(&back, buf_str(&changed), &got, entry);
    check(str_eq(buf_str(&back), shadow));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size};
    struct account_journal j;
    struct account_entry entry;
    uint32_t uid;
    struct str text = str_upto(all, str_find_char(all, 0));
    all = str_from(all, text.n + 1);
    struct str passwd = str_upto(all, str_find_char(all, 0));
    struct str shadow = str_from(all, passwd.n + 1);
    if (!rc_failed(account_journal_decode(text, &j))) {
        AUTO_BUF again = {0};
        check(action_account_ok(j.account) && j.uid >= ACCOUNT_FIRST_UID);
        account_journal_encode(&again, &j);
        struct account_journal same;
        check(!rc_failed(account_journal_decode(buf_str(&again), &same)));
        check(str_eq(j.before.password, same.before.password));
    }
    if (account_find_uid(passwd, STR("clerk"), &uid) == ACCOUNT_FOUND) {
        check(uid >= ACCOUNT_FIRST_UID && uid != ACCOUNT_NOBODY_UID);
    }
    if (account_find_entry(shadow, STR("clerk"), &entry) == ACCOUNT_FOUND) {
        round_trip(shadow, &entry);
    }
    (void)account_process_of(all, 1001);
    return 0;
}
