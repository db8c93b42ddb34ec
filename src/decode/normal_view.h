/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_view - second readings of Windows events: Security 4688 as process_creation and so on,
 * with names and values as Sysmon writes them.
 * src: reference of Sigma semantics 2.2; Hayabusa's converter; pySigma windows-audit pipeline
 */
#ifndef DECODE_NORMAL_VIEW_H
#define DECODE_NORMAL_VIEW_H

#include "decode/normal_event.h"

/* Gives x->e the views that service and event_id have, if any. fails ARENA_FULL */
MUST_USE struct rc normal_view_add(struct normal_event *x, enum logsource_id service,
                                   uint64_t event_id);

/*
 * A registry path of the kernel in the spelling of Sysmon: \REGISTRY\MACHINE\SYSTEM\… is
 * HKLM\SYSTEM\…, ControlSet001 is CurrentControlSet. Other paths are returned as they are.
 * fails ARENA_FULL
 */
MUST_USE struct rc normal_view_registry_path(struct str path, struct arena *batch,
                                             struct str *out);

#endif
