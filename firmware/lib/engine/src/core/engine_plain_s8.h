/* The filters of a dense int8 layer on windows of its input, for convolutions and fully connected
 * layers whose weights are in the order of the TFLite file: cores with vectors. */
#ifndef ENGINE_PLAIN_S8_H
#define ENGINE_PLAIN_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"

/* Write the outputs [count][filters] of windows [count][taps]. */
void engine_plain_s8(const engine_plain *filters, const int8_t *windows, size_t count,
                     int8_t *output);

/* Write the greatest output of each filter over windows [pixels][taps], at least one;
 * output [filters]. */
void engine_plain_max_s8(const engine_plain *filters, const int8_t *windows, int pixels,
                         int8_t *output);

#endif
