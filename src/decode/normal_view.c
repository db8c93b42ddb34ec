/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_view.h"

#include "base/buf.h"

enum { MAX_FIELDS = 12 };

/* A view under construction. */
struct reading {
    struct normal_event *x;
    struct field fields[MAX_FIELDS];
    uint32_t count;
    const uint16_t *hidden;
    uint32_t hidden_count;
};

static void put(struct reading *r, enum field_id id, struct value value)
{
    check(r->count < MAX_FIELDS);
    r->fields[r->count++] = (struct field){.name = fields_name(r->x->names, (uint16_t)id),
                                           .value = value,
                                           .id = (uint16_t)id,
                                           .flags = FIELD_DERIVED};
}

static bool has(const struct reading *r, enum field_id id)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->fields[i].id == id) {
            return true;
        }
    }
    return false;
}

static void put_text(struct reading *r, enum field_id id, struct str text)
{
    if (text.n != 0) {
        put(r, id, value_text_of(text));
    }
}

static void rename_field(struct reading *r, enum field_id from, enum field_id to)
{
    if (normal_event_has(r->x, from)) {
        put(r, to, r->x->known[from]->value);
    }
}

static struct rc join(struct arena *batch, const struct str *parts, size_t count,
                      struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        n += parts[i].n;
    }
    char *text = arena_text(batch, n);
    if (text == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    *out = (struct str){text, n};
    for (size_t i = 0; i < count; i++) {
        if (parts[i].n != 0) {
            memcpy(text, parts[i].p, parts[i].n);
            text += parts[i].n;
        }
    }
    return RC_OK;
}

/* "0x1a74" or "6772"; false for anything else. */
static bool parse_integer(struct str s, uint64_t *out)
{
    if (s.n < 3 || s.p[0] != '0' || str_lower(s.p[1]) != 'x') {
        return str_to_u64(s, out);
    }
    uint64_t v = 0;
    for (size_t i = 2; i < s.n; i++) {
        int digit = str_hex_digit(s.p[i]);
        if (digit < 0 || v >> 60 != 0) {
            return false;
        }
        v = v << 4 | (uint64_t)digit;
    }
    *out = v;
    return true;
}

/* Decimal digits of v. */
static struct rc decimal(struct arena *batch, uint64_t v, struct str *out)
{
    char digits[20];
    struct buf b = {.p = digits, .room = sizeof(digits), .cap = sizeof(digits)};
    buf_u64(&b, v);
    return arena_copy(batch, buf_str(&b), out);
}

/* Security events write process ids in hex, Sysmon in decimal. */
static struct rc put_pid(struct reading *r, enum field_id from, enum field_id to)
{
    struct str text;
    uint64_t pid;
    TRY(normal_event_text(r->x, from, &text));
    if (!parse_integer(text, &pid)) {
        return RC_OK;
    }
    TRY(decimal(r->x->batch, pid, &text));
    put(r, to, (struct value){(const uint8_t *)text.p, (uint32_t)text.n, VALUE_NUMBER});
    return RC_OK;
}

static struct rc put_user(struct reading *r)
{
    struct str parts[3] = {[1] = STR_INIT("\\")};
    TRY(normal_event_text(r->x, FIELD_SUBJECT_DOMAIN_NAME, &parts[0]));
    TRY(normal_event_text(r->x, FIELD_SUBJECT_USER_NAME, &parts[2]));
    /* Windows writes "-" for an account that has none. */
    bool domain = parts[0].n != 0 && !str_eq(parts[0], STR("-"));
    if (str_eq(parts[2], STR("-")) || parts[2].n == 0 || !domain) {
        put_text(r, FIELD_USER, str_eq(parts[2], STR("-")) ? STR("") : parts[2]);
        return RC_OK;
    }
    struct str user;
    TRY(join(r->x->batch, parts, COUNT_OF(parts), &user));
    put_text(r, FIELD_USER, user);
    return RC_OK;
}

struct renamed_value {
    struct str from, to;
};

/* The value's other name; the text itself when no row has it. */
static struct str translate(const struct renamed_value *rows, size_t count, struct str text)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(rows[i].from, text)) {
            return rows[i].to;
        }
    }
    return text;
}

static const struct renamed_value integrity[] = {
    {STR_INIT("S-1-16-0"), STR_INIT("Untrusted")},
    {STR_INIT("S-1-16-4096"), STR_INIT("Low")},
    {STR_INIT("S-1-16-8192"), STR_INIT("Medium")},
    {STR_INIT("S-1-16-8448"), STR_INIT("MediumPlus")},
    {STR_INIT("S-1-16-12288"), STR_INIT("High")},
    {STR_INIT("S-1-16-16384"), STR_INIT("System")},
};

/* ProcessId of 4688 is the parent's: without NewProcessId the reading has no ProcessId. */
static const uint16_t process_id[] = {FIELD_PROCESS_ID};

static struct rc read_4688(struct reading *r)
{
    struct str label;
    rename_field(r, FIELD_NEW_PROCESS_NAME, FIELD_IMAGE);
    rename_field(r, FIELD_PARENT_PROCESS_NAME, FIELD_PARENT_IMAGE);
    rename_field(r, FIELD_SUBJECT_LOGON_ID, FIELD_LOGON_ID);
    TRY(put_pid(r, FIELD_PROCESS_ID, FIELD_PARENT_PROCESS_ID));
    TRY(put_pid(r, FIELD_NEW_PROCESS_ID, FIELD_PROCESS_ID));
    TRY(normal_event_text(r->x, FIELD_MANDATORY_LABEL, &label));
    put_text(r, FIELD_INTEGRITY_LEVEL, translate(integrity, COUNT_OF(integrity), label));
    return put_user(r);
}

static struct rc read_4689(struct reading *r)
{
    rename_field(r, FIELD_PROCESS_NAME, FIELD_IMAGE);
    TRY(put_pid(r, FIELD_PROCESS_ID, FIELD_PROCESS_ID));
    return put_user(r);
}

static const struct renamed_value directions[] = {
    {STR_INIT("%%14593"), STR_INIT("true")},
    {STR_INIT("%%14592"), STR_INIT("false")},
};

static const struct renamed_value protocols[] = {
    {STR_INIT("6"), STR_INIT("tcp")},
    {STR_INIT("17"), STR_INIT("udp")},
};

static bool starts_nocase(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq_nocase(str_upto(s, prefix.n), prefix);
}

/*
 * The filter platform names a program by its volume device, rules by a drive letter that the
 * record does not know. Below these folders it is the system drive, C: but on the oddest hosts;
 * elsewhere the device path stays.
 */
static struct rc put_device_path(struct reading *r, struct str path)
{
    static const struct str folders[] = {STR_INIT("\\windows\\"), STR_INIT("\\program files"),
                                         STR_INIT("\\programdata\\"), STR_INIT("\\users\\")};
    static const struct str device = STR_INIT("\\device\\harddiskvolume");
    struct str tail = starts_nocase(path, device) ? str_from(path, device.n) : STR("");
    while (tail.n > 0 && str_is_digit(tail.p[0])) {
        tail = str_from(tail, 1);
    }
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        if (starts_nocase(tail, folders[i])) {
            const struct str parts[] = {STR_INIT("C:"), tail};
            TRY(join(r->x->batch, parts, COUNT_OF(parts), &path));
            break;
        }
    }
    put_text(r, FIELD_IMAGE, path);
    return RC_OK;
}

static struct rc read_5156(struct reading *r)
{
    struct str text;
    TRY(normal_event_text(r->x, FIELD_APPLICATION, &text));
    TRY(put_device_path(r, text));
    rename_field(r, FIELD_SOURCE_ADDRESS, FIELD_SOURCE_IP);
    rename_field(r, FIELD_DEST_ADDRESS, FIELD_DESTINATION_IP);
    rename_field(r, FIELD_DEST_PORT, FIELD_DESTINATION_PORT);
    TRY(put_pid(r, FIELD_EXECUTING_PROCESS_ID, FIELD_PROCESS_ID));
    TRY(normal_event_text(r->x, FIELD_DIRECTION, &text));
    put_text(r, FIELD_INITIATED, translate(directions, COUNT_OF(directions), text));
    TRY(normal_event_text(r->x, FIELD_PROTOCOL, &text));
    put_text(r, FIELD_PROTOCOL, translate(protocols, COUNT_OF(protocols), text));
    return RC_OK;
}

/* The offset of `\ControlSetNNN\` after its first backslash, or SIZE_MAX. */
static size_t find_control_set(struct str s)
{
    static const struct str name = STR_INIT("ControlSet");
    size_t at = str_find_char(s, '\\');
    if (at == SIZE_MAX || !starts_nocase(str_from(s, at + 1), name)) {
        return SIZE_MAX;
    }
    struct str digits = str_upto(str_from(s, at + 1 + name.n), 3);
    bool all = digits.n == 3 && str_is_digit(digits.p[0]) && str_is_digit(digits.p[1]) &&
               str_is_digit(digits.p[2]);
    return all ? at + 1 : SIZE_MAX;
}

struct rc normal_view_registry_path(struct str path, struct arena *batch, struct str *out)
{
    static const struct str machine = STR_INIT("\\REGISTRY\\MACHINE\\"),
                            user = STR_INIT("\\REGISTRY\\USER\\"),
                            classes = STR_INIT("_Classes");
    enum { CONTROL_SET_BYTES = 13 };
    struct str parts[4] = {{0}};
    if (starts_nocase(path, user)) {
        struct str rest = str_from(path, user.n);
        size_t sid = str_find_char(rest, '\\');
        struct str owner = str_upto(rest, sid);
        bool is_classes =
            owner.n > classes.n && str_eq_nocase(str_from(owner, owner.n - classes.n), classes);
        parts[0] = is_classes ? STR("HKCR") : STR("HKU\\");
        parts[1] = is_classes ? str_from(rest, owner.n) : rest;
        return join(batch, parts, 2, out);
    }
    if (!starts_nocase(path, machine)) {
        *out = path;
        return RC_OK;
    }
    struct str rest = str_from(path, machine.n);
    size_t at = starts_nocase(rest, STR("SYSTEM\\")) ? find_control_set(rest) : SIZE_MAX;
    parts[0] = STR("HKLM\\");
    parts[1] = str_upto(rest, at);
    parts[2] = at == SIZE_MAX ? STR("") : STR("CurrentControlSet");
    parts[3] = at == SIZE_MAX ? STR("") : str_from(rest, at + CONTROL_SET_BYTES);
    return join(batch, parts, COUNT_OF(parts), out);
}

/* A REG_DWORD as Sysmon shows it: "DWORD (0x00000001)". */
static struct rc put_details(struct reading *r)
{
    struct str type, text;
    uint64_t v;
    TRY(normal_event_text(r->x, FIELD_NEW_VALUE_TYPE, &type));
    TRY(normal_event_text(r->x, FIELD_NEW_VALUE, &text));
    if (!str_eq(type, STR("%%1876")) || !parse_integer(text, &v) || v > UINT32_MAX) {
        rename_field(r, FIELD_NEW_VALUE, FIELD_DETAILS);
        return RC_OK;
    }
    char digits[8];
    for (size_t i = 0; i < sizeof(digits); i++) {
        digits[i] = "0123456789abcdef"[v >> (28 - 4 * i) & 15];
    }
    struct str parts[3] = {STR_INIT("DWORD (0x"), {digits, sizeof(digits)}, STR_INIT(")")};
    TRY(join(r->x->batch, parts, COUNT_OF(parts), &text));
    put_text(r, FIELD_DETAILS, text);
    return RC_OK;
}

static struct rc read_4657(struct reading *r)
{
    struct str parts[3] = {[1] = STR_INIT("\\")}, raw, path, type;
    TRY(normal_event_text(r->x, FIELD_OBJECT_NAME, &parts[0]));
    TRY(normal_event_text(r->x, FIELD_OBJECT_VALUE_NAME, &parts[2]));
    TRY(join(r->x->batch, parts, parts[2].n == 0 ? 1 : COUNT_OF(parts), &raw));
    TRY(normal_view_registry_path(raw, r->x->batch, &path));
    put_text(r, FIELD_TARGET_OBJECT, path);
    if (!str_eq(path, raw)) {
        put_text(r, FIELD_TARGET_OBJECT, raw);
    }
    static const struct renamed_value operations[] = {
        {STR_INIT("%%1904"), STR_INIT("SetValue")},
        {STR_INIT("%%1905"), STR_INIT("SetValue")},
        {STR_INIT("%%1906"), STR_INIT("DeleteValue")},
    };
    TRY(normal_event_text(r->x, FIELD_OPERATION_TYPE, &type));
    put_text(r, FIELD_EVENT_TYPE, translate(operations, COUNT_OF(operations), type));
    rename_field(r, FIELD_PROCESS_NAME, FIELD_IMAGE);
    TRY(put_pid(r, FIELD_PROCESS_ID, FIELD_PROCESS_ID));
    TRY(put_details(r));
    return put_user(r);
}

static struct rc read_defender(struct reading *r)
{
    rename_field(r, FIELD_THREAT_NAME, FIELD_SIGNATURE);
    rename_field(r, FIELD_PATH, FIELD_FILENAME);
    return RC_OK;
}

static struct rc read_wmi(struct reading *r)
{
    rename_field(r, FIELD_POSSIBLE_CAUSE, FIELD_DESTINATION);
    return RC_OK;
}

static const struct source {
    enum logsource_id service;
    uint32_t first_id, last_id;
    enum logsource_id reading;
    struct rc (*read)(struct reading *r);
} sources[] = {
    {LOGSOURCE_WINDOWS_SECURITY, 4688, 4688, LOGSOURCE_SECURITY_PROCESS_CREATION, read_4688},
    {LOGSOURCE_WINDOWS_SECURITY, 4689, 4689, LOGSOURCE_SECURITY_PROCESS_TERMINATION, read_4689},
    {LOGSOURCE_WINDOWS_SECURITY, 5156, 5156, LOGSOURCE_SECURITY_NETWORK_CONNECTION, read_5156},
    {LOGSOURCE_WINDOWS_SECURITY, 4657, 4657, LOGSOURCE_SECURITY_REGISTRY_SET, read_4657},
    {LOGSOURCE_WINDOWS_WINDEFEND, 1006, 1012, LOGSOURCE_DEFENDER_ANTIVIRUS, read_defender},
    {LOGSOURCE_WINDOWS_WINDEFEND, 1017, 1019, LOGSOURCE_DEFENDER_ANTIVIRUS, read_defender},
    {LOGSOURCE_WINDOWS_WINDEFEND, 1115, 1116, LOGSOURCE_DEFENDER_ANTIVIRUS, read_defender},
    {LOGSOURCE_WINDOWS_WMI, 5861, 5861, LOGSOURCE_WMI_WMI_EVENT, read_wmi},
};

static const struct source *find_source(enum logsource_id service, uint64_t event_id)
{
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (sources[i].service == service && event_id >= sources[i].first_id &&
            event_id <= sources[i].last_id) {
            return &sources[i];
        }
    }
    return NULL;
}

/*
 * What 4657 reports is a registry value. A new one is what Sysmon reports as SetValue, so it
 * answers registry_set; the mappings of the field have it as registry_add, so it answers both.
 */
static struct rc registry_readings(const struct reading *r, struct view view[static 2],
                                   uint32_t *out_count)
{
    struct str type;
    TRY(normal_event_text(r->x, FIELD_OPERATION_TYPE, &type));
    if (str_eq(type, STR("%%1906"))) {
        view[0].logsource = LOGSOURCE_SECURITY_REGISTRY_DELETE;
    } else if (str_eq(type, STR("%%1904"))) {
        view[1] = view[0];
        view[1].logsource = LOGSOURCE_SECURITY_REGISTRY_ADD;
        *out_count = 2;
    }
    return RC_OK;
}

struct rc normal_view_add(struct normal_event *x, enum logsource_id service, uint64_t event_id)
{
    const struct source *source = find_source(service, event_id);
    if (source == NULL) {
        return RC_OK;
    }
    struct reading r = {.x = x};
    TRY(source->read(&r));
    if (source->reading == LOGSOURCE_SECURITY_PROCESS_CREATION && !has(&r, FIELD_PROCESS_ID)) {
        r.hidden = process_id;
        r.hidden_count = COUNT_OF(process_id);
    }
    struct view *views = arena_alloc(x->batch, 2 * sizeof(*views));
    struct field *fields = arena_alloc(x->batch, r.count * sizeof(*fields));
    if (views == NULL || fields == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(fields, r.fields, r.count * sizeof(*fields));
    views[0] = (struct view){.logsource = source->reading,
                             .fields = fields,
                             .count = r.count,
                             .hidden = r.hidden,
                             .hidden_count = r.hidden_count};
    uint32_t count = 1;
    if (source->reading == LOGSOURCE_SECURITY_REGISTRY_SET) {
        TRY(registry_readings(&r, views, &count));
    }
    x->e->views = views;
    x->e->view_count = count;
    return RC_OK;
}
