/* The filters of a dense int8 layer on windows of its input, for convolutions and fully connected
 * layers whose weights are blocks. */
#ifndef ENGINE_FILTERS_S8_H
#define ENGINE_FILTERS_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_output_s8.h" /* before engine_flash.h, whose order counts on AVR */

#include "core/engine_blocks_s8.h"

/* Write the greatest output of each filter over `pixels` views; output [count]. Several views must
 * fit the scratch memory together, and be an even number where ENGINE_PIXELS is 2. */
void engine_filters_max_s8(const engine_filters *filters, const engine_view *views, int pixels,
                           int8_t *output);

/* Write the outputs of all filters for 1..ENGINE_PIXELS views; output [pixels][count]. */
#if ENGINE_FILTERS == 1
#define engine_filters_s8 engine_filters_max_s8
#else
void engine_filters_s8(const engine_filters *filters, const engine_view *views, int pixels,
                       int8_t *output);
#endif

#endif
