/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tlp - Traffic Light Protocol 2.0, least restricted first.
 * src: FIRST, TLP 2.0
 */
#ifndef MODEL_TLP_H
#define MODEL_TLP_H

#include "base/str.h"

enum tlp { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED, TLP_COUNT };

struct str tlp_name(enum tlp t); /* "TLP:AMBER+STRICT" */

#endif
