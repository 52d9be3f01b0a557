/* All filters of a layer on windows of its input: what convolutions and fully connected layers
 * have in common. */
#ifndef ENGINE_FILTERS_S8_H
#define ENGINE_FILTERS_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_output_s8.h"

#include "core/engine_blocks_s8.h"

/* Of every filter the greatest output of all views; output [count]. The taps of all views together
 * fit the buffer where there are several. Where ENGINE_PIXELS is 2 their number is even. */
void engine_filters_max_s8(const engine_filters *filters, const engine_view *views, int pixels,
                           int8_t *output);

/* output [views][count]; 1..ENGINE_PIXELS views. */
#if ENGINE_FILTERS == 1
#define engine_filters_s8 engine_filters_max_s8
#else
void engine_filters_s8(const engine_filters *filters, const engine_view *views, int pixels,
                       int8_t *output);
#endif

#endif
