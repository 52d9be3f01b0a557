/* Operands of the depthwise functions that cores have; see engine_depthwise_portable.h. */
#ifndef ENGINE_DEPTHWISE_H
#define ENGINE_DEPTHWISE_H

#include <stddef.h>
#include <stdint.h>

/* Rows of outputs of one channel, read from a plane: the channel's input, as int16 and padded. */
typedef struct {
    int rows, columns;      /* outputs */
    size_t pitch;           /* distance of rows in the plane, in elements */
    int stride_h, stride_w; /* stride_w 1 or 2 */
} engine_plane_rows;

/* The taps of one window that lie inside the input. Distances are in elements; the skips lead from
 * behind the last tap of a row to the first of the next. */
typedef struct {
    int rows, columns; /* at least one column */
    size_t x_tap, w_tap, x_skip, w_skip;
    int32_t offset; /* added to inputs */
} engine_channel_taps;

#endif
