/* Filters in the order of the TFLite file on windows that are bytes in a row: what convolutions and
 * fully connected layers have in common on cores with vectors. */
#ifndef ENGINE_PLAIN_S8_H
#define ENGINE_PLAIN_S8_H

#include <stdint.h>

#include "core/engine_blocks_s8.h"

/* Of every filter the greatest output of `pixels` windows, at least one; windows [pixels][taps],
 * output [count]. */
void engine_plain_s8(const engine_plain *filters, const int8_t *windows, int pixels,
                     int8_t *output);

#endif
